import { semiOrthogonal } from "../../linalg/semiOrthogonal.ts";
import type { LayerShape } from "../layer.ts";
import { initialiser, type StartingPair } from "./initialiser.ts";

/**
 * Normals in two halves of the rank's dimensions at right angles to each other, so that B A = 0 though neither factor is;
 * as in PEFT (`init_lora_weights="orthogonal"`).
 */
export const orthogonal = initialiser({
  kind: "pair",
  label: "Orthogonal",
  source: "Nimmaturi 2024, https://datta0.github.io/posts/rethink-lora-init",
  equation: "A = (G₁ Q₁)ᵀ / 10, B = G₂ᵀ Q₂ / 10, Q₁ Q₂ᵀ = 0",
  fields: {},
  halves: "half of the dimensions start as those of A, half as those of B",
  pair({ shape, stream }, rank) {
    const half = rank / 2;
    const rotation = semiOrthogonal(rank, rank, stream);
    const [input, output] = [stream.normals(shape.inFeatures * half), stream.normals(half * shape.outFeatures)];
    return orthogonalPair(shape, { rotation, input, output });
  },
});

/** @param drawn rotation Q [r, r], whose rows take turns, input G₁ [in, r / 2] and output G₂ [r / 2, out]. */
export function orthogonalPair(
  { inFeatures, outFeatures }: LayerShape,
  { rotation, input, output }: Readonly<Record<"rotation" | "input" | "output", ArrayLike<number>>>,
): StartingPair {
  const rank = Math.sqrt(rotation.length);
  const half = rank / 2;
  const A = new Float64Array(rank * inFeatures);
  const B = new Float64Array(outFeatures * rank);
  for (let k = 0; k < rank; k++) {
    for (let h = 0; h < half; h++) {
      const [even, odd] = [rotation[2 * h * rank + k]! / 10, rotation[(2 * h + 1) * rank + k]! / 10];
      for (let col = 0; col < inFeatures; col++) A[k * inFeatures + col]! += input[col * half + h]! * even;
      for (let row = 0; row < outFeatures; row++) B[row * rank + k]! += output[h * outFeatures + row]! * odd;
    }
  }
  return { A, B };
}
