import { ShapeError } from "../errors.ts";
import { choleskyKernel } from "../kernels/cholesky.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";

/** Most columns; beyond, one invocation per matrix would take too long. */
export const MOST_COLUMNS = 64;

/** Shift of the first pass as a share of the trace, and then none: enough for float32 columns of any condition. */
const SHIFTS = [1e-6, 0, 0];

/**
 * Orthonormal bases of tall matrices Y = Q·R by shifted CholeskyQR3 (Fukaya et al., 2020), whose first pass survives
 * any condition number and whose other two bring Q to rounding. All matrices of the stack at once: no dispatch more
 * than for one.
 *
 * @param y [count, rows, cols], cols at most 64. Columns that depend on others come out as noise or as zeros.
 * @returns q [count, rows, cols] and upper r [count, cols, cols].
 * @throws ShapeError for another shape.
 */
export function orthonormalise(tape: Tape, y: Tensor): { q: Tensor; r: Tensor } {
  const [count, , size] = y.shape as [number, number, number];
  if (y.shape.length !== 3 || size > MOST_COLUMNS) {
    throw new ShapeError(
      `orthonormalise: ${y.name} [${y.shape}] is no stack of matrices with at most ${MOST_COLUMNS} columns`,
    );
  }
  const strides = stacked([count, size, size]);
  let q = y;
  let r: Tensor | undefined;
  for (const shift of SHIFTS) {
    const gram = matmul(tape, q, q, { transposeA: true, strides });
    const factor = tape.tensor("R", gram.shape, strides);
    const inverse = tape.tensor("R⁻¹", gram.shape, strides);
    tape.dispatch(choleskyKernel, {
      tensors: { gram, factor, inverse },
      params: { count, size, stride: strides[0]!, shift },
    });
    q = matmul(tape, q, inverse, { strides: stacked(y.shape) });
    r = r ? matmul(tape, factor, r, { strides }) : factor;
  }
  return { q, r: r! };
}
