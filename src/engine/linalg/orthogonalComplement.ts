import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { orthonormalise } from "./orthonormalise.ts";

/**
 * Random orthonormal directions that are orthogonal to a basis: orth((I − B·Bᵀ)·random).
 *
 * @param basis [count, d, h], orthonormal columns. @param random [count, d, c] normals, h + c at most d.
 * @returns [count, d, c].
 */
export function orthogonalComplement(tape: Tape, basis: Tensor, random: Tensor): Tensor {
  const along = matmul(tape, basis, random, { transposeA: true });
  const across = matmul(tape, basis, along, { scale: -1, add: random, strides: stacked(random.shape) });
  return orthonormalise(tape, across).q;
}
