import { difference } from "../ops/difference.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { jacobi } from "./jacobi.ts";
import { orthonormalise } from "./orthonormalise.ts";

/**
 * Standard deviation of the normals that `fresh` holds. They are added to the basis so that one that lost a direction,
 * because the update was zero, finds it again; they lie far below any update.
 */
export const FRESH = 1e-12;

/**
 * The largest singular values of dense matrices, by block power iteration that starts where the last run ended.
 *
 * Values are never too large. In a spectrum that falls off, the leading ones are exact to 1e-4 after one or two runs;
 * where many are nearly equal the last ones come out up to a tenth too small.
 *
 * @param update `current` [count, m, n], less `initial` of the same shape where that is given.
 * @param basis persistent [count, n, k], k at most 64: `kept` from one run to the next, and `fresh` from `FRESH`.
 * @returns [count, k], largest first.
 */
export function topSingularValues(
  tape: Tape,
  { current, initial }: { readonly current: Tensor; readonly initial?: Tensor },
  basis: { readonly kept: Tensor; readonly fresh: Tensor },
  iterations: number,
): Tensor {
  const [count, rows] = current.shape as [number, number];
  const { kept, fresh } = basis;
  const cols = kept.shape[2]!;
  const dense = initial ? difference(tape, current, initial) : current;
  const image = { strides: stacked([count, rows, cols]) };

  let { q } = orthonormalise(tape, kept);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const left = orthonormalise(tape, matmul(tape, dense, q, image)).q;
    q = orthonormalise(
      tape,
      matmul(tape, dense, left, { transposeA: true, add: fresh, strides: stacked(kept.shape) }),
    ).q;
  }
  tape.copy(q, kept);
  return jacobi(tape, orthonormalise(tape, matmul(tape, dense, q, image)).r).values;
}
