import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { jacobi } from "./jacobi.ts";
import { orthonormalise } from "./orthonormalise.ts";

/** What a layer saw: its gradient with respect to the weight is G = inputᵀ · outputGradient, [in, out]. */
export interface LayerGradient {
  /** [tokens, in] */
  readonly input: Tensor;
  /** [tokens, out] */
  readonly outputGradient: Tensor;
}

/**
 * Top singular subspaces of layers' weight gradients, by randomised subspace iteration (Halko et al., 2011) that only
 * multiplies with what the layers saw: no gradient is formed and nothing larger than [in, k] decomposed.
 *
 * @param layers of one shape.
 * @param options `random` [layers, out, k] persistent normals with k a few more than `count`; `iterations` of the power
 *   method, 2 being enough on real gradients.
 * @returns left [layers, in, count] and right [layers, out, count], orthonormal, and values [layers, k].
 */
export function gradientSubspace(
  tape: Tape,
  layers: readonly LayerGradient[],
  options: { readonly count: number; readonly random: Tensor; readonly iterations: number },
): { left: Tensor; right: Tensor; values: Tensor } {
  const { count, random, iterations } = options;
  const cols = random.shape[2]!;
  const forward = (basis: Tensor) => products(tape, layers, basis, "input", "outputGradient");
  const backward = (basis: Tensor) => products(tape, layers, basis, "outputGradient", "input");

  let image = forward(random);
  for (let iteration = 0; iteration < iterations; iteration++) {
    image = forward(orthonormalise(tape, backward(orthonormalise(tape, image).q)).q);
  }
  const { q } = orthonormalise(tape, image);
  const { q: p, r } = orthonormalise(tape, backward(q));
  // Gᵀ·Q = P·R and R = Ũ·Σ·Jᵀ, so G ≈ (Q·J)·Σ·(P·Ũ)ᵀ.
  const { values, left, right } = jacobi(tape, r);
  const top = (basis: Tensor, rotation: Tensor) => {
    const shape = [layers.length, cols, count];
    const chosen = tape.view(rotation, { shape, strides: rotation.strides });
    return matmul(tape, basis, chosen, { strides: stacked([layers.length, basis.shape[1]!, count]) });
  };
  return { left: top(q, right), right: top(p, left), values };
}

/** out[layer] = aᵀ · (b · basis[layer]), with a and b what the layer saw. */
function products(
  tape: Tape,
  layers: readonly LayerGradient[],
  basis: Tensor,
  a: keyof LayerGradient,
  b: keyof LayerGradient,
): Tensor {
  const shape = [layers.length, layers[0]![a].shape[1]!, basis.shape[2]!];
  const out = tape.tensor(`image of ${basis.name}`, shape, stacked(shape));
  layers.forEach((layer, index) => {
    const narrow = matmul(tape, layer[b], tape.slice(basis, index));
    tape.deliver(matmul(tape, layer[a], narrow, { transposeA: true }), tape.slice(out, index));
  });
  return out;
}
