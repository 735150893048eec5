import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { jacobi } from "./jacobi.ts";
import { orthonormalise } from "./orthonormalise.ts";

/**
 * Top singular subspaces of layers' gradients, by randomised subspace iteration (Halko et al., 2011): gradients are only
 * multiplied with, and nothing larger than [k, k] is decomposed.
 *
 * @param gradients [layers, in, out], any strides.
 * @param options `random` [layers, out, k] persistent normals with k a few more than `count`; `iterations` of the power
 *   method, 2 being enough on real gradients.
 * @returns left [layers, in, count] and right [layers, out, count], orthonormal, and values [layers, k].
 */
export function gradientSubspace(
  tape: Tape,
  gradients: Tensor,
  options: { readonly count: number; readonly random: Tensor; readonly iterations: number },
): { left: Tensor; right: Tensor; values: Tensor } {
  const { count, random, iterations } = options;
  const [layers, into, out] = gradients.shape as [number, number, number];
  const cols = random.shape[2]!;
  const forward = (basis: Tensor) => matmul(tape, gradients, basis, { strides: stacked([layers, into, cols]) });
  const backward = (basis: Tensor) =>
    matmul(tape, gradients, basis, { transposeA: true, strides: stacked([layers, out, cols]) });

  let image = forward(random);
  for (let iteration = 0; iteration < iterations; iteration++) {
    image = forward(orthonormalise(tape, backward(orthonormalise(tape, image).q)).q);
  }
  const { q } = orthonormalise(tape, image);
  const { q: p, r } = orthonormalise(tape, backward(q));
  // Gᵀ·Q = P·R and R = Ũ·Σ·Jᵀ, so G ≈ (Q·J)·Σ·(P·Ũ)ᵀ.
  const { values, left, right } = jacobi(tape, r);
  const top = (basis: Tensor, rotation: Tensor) => {
    const shape = [layers, cols, count];
    const chosen = tape.view(rotation, { shape, strides: rotation.strides });
    return matmul(tape, basis, chosen, { strides: stacked([layers, basis.shape[1]!, count]) });
  };
  return { left: top(q, right), right: top(p, left), values };
}
