import { ShapeError } from "../errors.ts";
import { jacobiKernel, jacobiSweeps } from "../kernels/jacobi.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";

/**
 * Singular value decomposition A = left · diag(values) · rightᵀ of small square matrices, all of a stack in one
 * dispatch. Tall matrices are brought here by `orthonormalise`.
 *
 * In float32 the error of every value is below 1e-6 of the largest.
 *
 * @param a [count, size, size], size at most 64.
 * @returns values [count, size], largest first; left and right [count, size, size].
 * @throws ShapeError for another shape.
 */
export function jacobi(tape: Tape, a: Tensor): { values: Tensor; left: Tensor; right: Tensor } {
  const [count, size] = a.shape as [number, number];
  if (a.shape.length !== 3 || a.shape[2] !== size || size > 64) {
    throw new ShapeError(`jacobi: ${a.name} [${a.shape}] is no stack of square matrices of at most 64 rows`);
  }
  const strides = stacked(a.shape);
  const work = tape.tensor(`rotated ${a.name}`, a.shape, strides);
  tape.copy(a, work);
  const values = tape.tensor("singular values", [count, size]);
  const left = tape.tensor("left singular vectors", a.shape, strides);
  const right = tape.tensor("right singular vectors", a.shape, strides);
  const params = { count, size, stride: strides[0]!, sweeps: jacobiSweeps(size) };
  tape.dispatch(jacobiKernel, { tensors: { work, values, left, right }, params });
  return { values, left, right };
}
