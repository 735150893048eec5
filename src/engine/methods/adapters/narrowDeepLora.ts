import { factorised } from "./factorised.ts";
import { depth, initScale, rank } from "./fields.ts";

/** Deep LoRA of inner width r: the factors start in random directions, without looking at a gradient. */
export const narrowDeepLora = factorised({
  fields: { rank, depth, initScale },
  equation: "ΔW = Wʟ ⋯ W₂ W₁, of inner width r",
  learningRate: 3e-3,
  label: "Deep LoRA, narrow",
  width: ({ inFeatures, outFeatures }, { rank }) => Math.min(inFeatures, outFeatures, rank),
});
