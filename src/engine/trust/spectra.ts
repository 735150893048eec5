import { semiOrthogonal } from "../linalg/semiOrthogonal.ts";
import { RandomStream } from "../random/stream.ts";

/** U · diag(values) · Vᵀ with random orthonormal U [rows, k] and V [cols, k], row-major. @param number which ones. */
export function withSpectrum(rows: number, cols: number, values: readonly number[], number: number): number[] {
  const [u, v] = [
    semiOrthogonal(rows, values.length, new RandomStream(11, number)),
    semiOrthogonal(cols, values.length, new RandomStream(11, number + 1)),
  ];
  return Array.from({ length: rows * cols }, (_, at) => {
    const [row, col] = [Math.floor(at / cols), at % cols];
    return values.reduce((sum, value, k) => sum + value * u[row * values.length + k]! * v[col * values.length + k]!, 0);
  });
}

/** From 1 down to `smallest`, by equal factors. */
export const graded = (count: number, smallest: number) =>
  Array.from({ length: count }, (_, i) => smallest ** (i / (count - 1)));

/** max |QᵀQ − I| over a stack of matrices [count, rows, cols]. */
export function orthogonalityError(q: ArrayLike<number>, count: number, cols: number): number {
  const rows = q.length / count / cols;
  let worst = 0;
  for (let matrix = 0; matrix < count; matrix++) {
    for (let a = 0; a < cols; a++) {
      for (let b = 0; b < cols; b++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) {
          const at = (matrix * rows + row) * cols;
          sum += q[at + a]! * q[at + b]!;
        }
        worst = Math.max(worst, Math.abs(sum - (a === b ? 1 : 0)));
      }
    }
  }
  return worst;
}
