import { factorised } from "./factorised.ts";
import { depth, initScale } from "./fields.ts";

/**
 * Deep LoRA of full width: ΔW = W_L … W_1 with inner width min(in, out) and every factor ε times a random
 * (semi-)orthogonal matrix (Yaras et al., 2024, arXiv:2406.04112, §3). Low rank is nowhere imposed; depth brings it about.
 */
export const deepLora = factorised({
  fields: { depth, initScale },
  equation: "ΔW = Wʟ ⋯ W₂ W₁, of full width",
  learningRate: 2e-4,
  label: "Deep LoRA, full width",
  width: ({ inFeatures, outFeatures }) => Math.min(inFeatures, outFeatures),
});
