import type { LayerShape } from "../layer.ts";
import type { ByName, ParameterSpec } from "./adapter.ts";
import type { alpha, rank, scaling } from "./fields.ts";
import type { PeftForm } from "./peftForm.ts";

// What adapters with a product of two matrices have in common.

/** A [r, in] and B [out, r]. @param rate of B. */
export function lowRank({ inFeatures, outFeatures }: LayerShape, rank: number, rate = 1) {
  return {
    A: { shape: [rank, inFeatures], rate: 1 },
    B: { shape: [outFeatures, rank], rate },
  } as const satisfies ByName<ParameterSpec>;
}

/** LoRA in PEFT, with its scale in the config. */
export const loraForm = {
  kind: { peft_type: "LORA", use_dora: false },
  config: ({ rank, alpha, scaling }) => ({
    ...{ r: rank, lora_alpha: alpha, use_rslora: scaling === "root" },
    ...{ lora_dropout: 0, bias: "none", init_lora_weights: true },
  }),
  tensors: { A: "lora_A.weight", B: "lora_B.weight" },
} as const satisfies PeftForm<{ rank: typeof rank; alpha: typeof alpha; scaling: typeof scaling }>;
