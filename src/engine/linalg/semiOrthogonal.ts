import type { RandomStream } from "../random/stream.ts";

/**
 * A random matrix with orthonormal columns, or rows where it is wide, uniformly distributed: the QR factor of normals,
 * by Gram–Schmidt done twice, in float64 on the host.
 *
 * @returns row-major [rows, cols].
 */
export function semiOrthogonal(rows: number, cols: number, stream: RandomStream): Float64Array {
  const [length, count] = rows >= cols ? [rows, cols] : [cols, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = stream.normals(length);
    for (let round = 0; round < 2; round++) {
      for (const other of vectors) {
        const along = dot(vector, other);
        for (let i = 0; i < length; i++) vector[i]! -= along * other[i]!;
      }
    }
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((x) => x / norm));
  }
  const out = new Float64Array(rows * cols);
  vectors.forEach((vector, index) => {
    vector.forEach((value, at) => {
      out[rows >= cols ? at * cols + index : index * cols + at] = value;
    });
  });
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
