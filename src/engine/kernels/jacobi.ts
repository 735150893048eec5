import source from "../../../shaders/jacobi.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Sweeps that suffice in float32 for matrices of a size (measured; most need fewer and stop by themselves). */
export function jacobiSweeps(size: number): number {
  return size <= 8 ? 8 : size <= 16 ? 12 : size <= 32 ? 15 : 16;
}

/** Singular value decomposition of square matrices by one-sided Jacobi rotations. */
export const jacobiKernel = defineKernel({
  name: "jacobi",
  reads: [],
  updates: ["work"],
  writes: ["values", "left", "right"],
  params: { count: "u32", size: "u32", stride: "u32", sweeps: "u32" },
  variants: [{ entry: "jacobi", source: source + flatIndex, invocations: ({ count }) => count }],
  // Two matrices in float64 with columns of an even number of elements, and the columns' lengths.
  simd: ({ count, size }) => [
    { entry: "jacobi", units: count, scratch: count * (2 * size + 1) * 8 * (size + (size % 2)) },
  ],

  reference({ work, values, left, right }, { count, size, stride }) {
    for (let matrix = 0; matrix < count; matrix++) {
      const at = (row: number, col: number) => matrix * stride + row * size + col;
      const rows = Array.from({ length: size }, (_, row) =>
        Array.from({ length: size }, (_, col) => work[at(row, col)]!),
      );
      const { columns, rotations } = orthogonalised(rows);
      const lengths = columns.map((column) => Math.hypot(...column));
      const order = lengths.map((_, col) => col).sort((a, b) => lengths[b]! - lengths[a]!);
      order.forEach((from, to) => {
        const length = lengths[from]!;
        values[matrix * size + to] = length;
        for (let row = 0; row < size; row++) {
          left[at(row, to)] = length === 0 ? 0 : columns[from]![row]! / length;
          right[at(row, to)] = rotations[from]![row]!;
        }
      });
    }
  },
});

/** Columns of A·J and of the rotations J that make them orthogonal, to float64 accuracy. */
function orthogonalised(rows: readonly (readonly number[])[]): { columns: number[][]; rotations: number[][] } {
  const size = rows.length;
  const columns = Array.from({ length: size }, (_, col) => rows.map((row) => row[col]!));
  const rotations = Array.from({ length: size }, (_, col) => rows.map((_, row) => (row === col ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        const [a, b] = [columns[p]!, columns[q]!];
        const pq = a.reduce((sum, x, i) => sum + x * b[i]!, 0);
        if (Math.abs(pq) <= 1e-15 * Math.hypot(...a) * Math.hypot(...b)) continue;
        rotated = true;
        const zeta = (Math.hypot(...b) ** 2 - Math.hypot(...a) ** 2) / (2 * pq);
        const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent);
        for (const [x, y] of [
          [a, b],
          [rotations[p]!, rotations[q]!],
        ] as const) {
          x.forEach((value, i) => {
            x[i] = cosine * value - cosine * tangent * y[i]!;
            y[i] = cosine * tangent * value + cosine * y[i]!;
          });
        }
      }
    }
    if (!rotated) break;
  }
  return { columns, rotations };
}
