type Entry = (row: number, col: number) => number;

/** A product of matrices that are given by their entries, row-major. */
export function product([rows, inner, cols]: readonly [number, number, number], a: Entry, b: Entry): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) for (let k = 0; k < inner; k++) out[i * cols + j]! += a(i, k) * b(k, j);
  }
  return out;
}
