import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { jacobi } from "./jacobi.ts";
import { orthonormalise } from "./orthonormalise.ts";

/** Below this share of a matrix's largest singular value float32 has nothing to say (spec §5.4). */
export const SPECTRUM_FLOOR = 1e-6;

/**
 * Singular values of left · core · rightᵀ for thin factors, exactly and without ever forming the product: with
 * left = Q·R and right = P·S they are those of the small R · core · Sᵀ (spec §5.4).
 *
 * In float32 the error is below 1e-6 of the largest value; what is smaller than that is noise.
 *
 * @param factors left [count, m, r], core [count, r, r] (the identity when absent), right [count, n, r], r at most 64.
 * @returns [count, r], largest first; zeros where a factor is zero.
 */
export function productSingularValues(
  tape: Tape,
  { left, core, right }: { readonly left: Tensor; readonly core?: Tensor; readonly right: Tensor },
): Tensor {
  const { r } = orthonormalise(tape, left);
  const { r: s } = orthonormalise(tape, right);
  const strides = stacked(r.shape);
  const inner = core ? matmul(tape, r, core, { strides }) : r;
  return jacobi(tape, matmul(tape, inner, s, { transposeB: true, strides })).values;
}
