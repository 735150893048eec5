import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { SettingsOf } from "../method.ts";
import type { Adapter, Factors, Pair } from "./adapter.ts";
import { alpha, rank } from "./fields.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

/**
 * LoRA: ΔW = (α / r) · B·A with A [r, in] and B [out, r] = 0, so that training starts at the pretrained weights
 * (Hu et al., 2022, arXiv:2106.09685, §4.1). A starts uniform on ±1/√in, which is what PEFT's Kaiming
 * initialisation with a = √5 comes to.
 */
export const lora = loraWith({
  fields: { rank, alpha },
  equation: "ΔW = (α / r) · B A",
  learningRate: 1e-3,
  label: "LoRA",
  source: "Hu et al. 2022, arXiv:2106.09685",
  scale: ({ alpha, rank }) => alpha / rank,
  delta: (product, { alpha, rank }) => product.map((value) => (value * alpha) / rank),
  entry: (stream, inFeatures) => (2 * stream.uniform() - 1) / Math.sqrt(inFeatures),
});

/**
 * The baseline that the Deep LoRA paper compares with: ΔW = B·A unscaled, with A ~ N(0, 1) (Yaras et al., 2024,
 * arXiv:2406.04112, and its code). The larger start makes its steps grow with the rank.
 */
export const loraPaper = loraWith({
  fields: { rank },
  equation: "ΔW = B A, A ~ N(0, 1)",
  learningRate: 1e-4,
  label: "LoRA, the paper's baseline",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  scale: () => 1,
  delta: (product) => product,
  entry: (stream) => stream.normal(),
});

function loraWith<const F extends { readonly rank: typeof rank }>(variant: {
  label: string;
  source: string;
  fields: F;
  equation: string;
  learningRate: number;
  scale: (settings: SettingsOf<F>) => number;
  /** ΔW from the plain product B·A, stated a second time. */
  delta: (product: Float64Array, settings: SettingsOf<F>) => Float64Array;
  entry: (stream: { uniform(): number; normal(): number }, inFeatures: number) => number;
}): Adapter<F> {
  const { label, source, fields, equation, learningRate, scale, delta, entry } = variant;
  const pair = (tape: Tape, { A, B }: Factors<Tensor>, settings: SettingsOf<F>): Pair => ({
    up: B!,
    down: transposed(tape, A!),
    scale: scale(settings),
  });
  return {
    label,
    source,
    fields,
    equation,
    learningRate,
    trains: "updates",
    factors: ({ inFeatures, outFeatures }, { rank }) => ({
      A: { rows: rank, cols: inFeatures, rate: 1 },
      B: { rows: outFeatures, cols: rank, rate: 1 },
    }),
    initial: ({ inFeatures, outFeatures }, { rank }, stream) => ({
      A: Float64Array.from({ length: rank * inFeatures }, () => entry(stream, inFeatures)),
      B: new Float64Array(outFeatures * rank),
    }),
    initialNorm: () => 0,
    fold: pair,
    delta({ A, B }, settings, { inFeatures, outFeatures }) {
      const { rank } = settings;
      return delta(product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values, settings);
    },
    spectralForm(tape, factors, settings) {
      const { up, down, scale } = pair(tape, factors, settings);
      return { left: up, right: down, scale };
    },
  };
}
