import { number } from "../../field.ts";
import type { RandomStream } from "../../random/stream.ts";
import type { Adapter, ByName, LayerShape, NewLayer, ParameterSpec } from "./adapter.ts";
import { alpha, rank, scaleOf, scaling } from "./fields.ts";
import statement from "./lora.py?raw";
import paperStatement from "./loraPaper.py?raw";
import type { PeftForm } from "./peftForm.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

const fields = {
  rank,
  alpha,
  scaling,
  loraPlus: {
    ...number(
      "LoRA+ λ",
      1,
      { min: 0.01, max: 100 },
      "Learning rate of B as a multiple of A's; LoRA+ takes about 16 (Hayou et al. 2024, arXiv:2402.12354).",
    ),
    since: 5,
    isMinor: true,
  },
} as const;

/** LoRA with its scale in the config. */
export const loraForm = {
  kind: { peft_type: "LORA", use_dora: false },
  config: ({ rank, alpha, scaling }) => ({
    ...{ r: rank, lora_alpha: alpha, use_rslora: scaling === "root" },
    ...{ lora_dropout: 0, bias: "none", init_lora_weights: true },
  }),
  tensors: { A: "lora_A.weight", B: "lora_B.weight" },
} as const satisfies PeftForm<Omit<typeof fields, "loraPlus">>;

/**
 * LoRA: ΔW = (α / r) · B·A with A [r, in] and B [out, r] = 0, so that training starts at the pretrained weights
 * (Hu et al., 2022, arXiv:2106.09685, §4.1). A starts uniform on ±1/√in, which is what PEFT's Kaiming
 * initialisation with a = √5 comes to. rsLoRA and LoRA+ are its settings.
 */
export const lora: Adapter<typeof fields> = {
  label: "LoRA",
  source: "Hu et al. 2022, arXiv:2106.09685",
  equation: "ΔW = (α / r) · B A",
  learningRate: 1e-3,
  trains: "updates",
  restarts: true,
  fields,
  parameters: (shape, { rank, loraPlus }) => lowRank(shape, rank, loraPlus),
  initial: (layer, { rank }) => lowRankStart(layer, rank, uniform),
  initialNorm: () => 0,
  apply: (tape, { A, B }, settings) => ({
    kind: "pair",
    up: B!,
    down: transposed(tape, A!),
    scale: scaleOf(settings),
  }),
  delta: ({ A, B }, { alpha, rank, scaling }, { inFeatures, outFeatures }) =>
    product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values.map((value) =>
      scaling === "root" ? (value * alpha) / rank ** 0.5 : (value * alpha) / rank,
    ),
  python: statement,
  peft: loraForm,
};

/**
 * The baseline that the Deep LoRA paper compares with: ΔW = B·A unscaled, with A ~ N(0, 1) (Yaras et al., 2024,
 * arXiv:2406.04112, and its code). The larger start makes its steps grow with the rank.
 */
export const loraPaper: Adapter<{ rank: typeof rank }> = {
  label: "LoRA, the paper's baseline",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "ΔW = B A, A ~ N(0, 1)",
  learningRate: 1e-4,
  trains: "updates",
  restarts: true,
  fields: { rank },
  parameters: (shape, { rank }) => lowRank(shape, rank),
  initial: (layer, { rank }) => lowRankStart(layer, rank, ({ stream }) => stream.normal()),
  initialNorm: () => 0,
  apply: (tape, { A, B }) => ({ kind: "pair", up: B!, down: transposed(tape, A!), scale: 1 }),
  delta: ({ A, B }, { rank }, { inFeatures, outFeatures }) =>
    product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values,
  python: paperStatement,
  peft: "pair",
};

/** A [r, in] and B [out, r]. @param rate of B. */
export function lowRank({ inFeatures, outFeatures }: LayerShape, rank: number, rate = 1): ByName<ParameterSpec> {
  return { A: { shape: [rank, inFeatures], rate: 1 }, B: { shape: [outFeatures, rank], rate } };
}

/** A drawn number by number, and B = 0. */
export function lowRankStart(
  layer: NewLayer,
  rank: number,
  entry: (layer: { readonly stream: RandomStream; readonly shape: LayerShape }) => number = uniform,
): { A: Float64Array; B: Float64Array } {
  const { inFeatures, outFeatures } = layer.shape;
  return {
    A: Float64Array.from({ length: rank * inFeatures }, () => entry(layer)),
    B: new Float64Array(outFeatures * rank),
  };
}

/** Uniform on ±1/√in. */
function uniform({ stream, shape }: { readonly stream: RandomStream; readonly shape: LayerShape }): number {
  return (2 * stream.uniform() - 1) / Math.sqrt(shape.inFeatures);
}
