import type { Adapter } from "./adapter.ts";
import { rank } from "./fields.ts";
import statement from "./miss.py?raw";
import { transposed } from "./transposed.ts";

const fields = { rank };

/**
 * MiSS, once Bone: every r inputs in a row pass through the same trained M [r, out], so that ΔW[o, c] = M[c mod r, o];
 * M starts at 0 (Kang and Yin, 2024, arXiv:2409.15371). What sorts the inputs is a constant that layers share.
 */
export const miss: Adapter<typeof fields> = {
  label: "MiSS (Bone)",
  group: "Shared blocks",
  source: "Kang and Yin 2024, arXiv:2409.15371",
  equation: "ΔW = [Mᵀ Mᵀ ⋯ Mᵀ], one M for every r inputs",
  learningRate: 1e-3,
  trains: "updates",
  fields,
  parameters: ({ inFeatures, outFeatures }, { rank }) => ({
    M: { shape: [rank, outFeatures], rate: 1 },
    place: { shape: [inFeatures, rank], rate: "constant", shared: true },
  }),
  initial: ({ shape: { inFeatures, outFeatures } }, { rank }) => ({
    M: new Float64Array(rank * outFeatures),
    place: Float64Array.from({ length: inFeatures * rank }, (_, at) =>
      Math.floor(at / rank) % rank === at % rank ? 1 : 0,
    ),
  }),
  initialNorm: () => 0,
  apply: (tape, { M, place }) => ({ kind: "pair", up: transposed(tape, M!), down: place!, scale: 1 }),
  delta: ({ M }, { rank }, { inFeatures, outFeatures }) =>
    Float64Array.from(
      { length: outFeatures * inFeatures },
      (_, at) => M![((at % inFeatures) % rank) * outFeatures + Math.floor(at / inFeatures)]!,
    ),
  python: statement,
  peft: {
    kind: { peft_type: "MISS" },
    config: ({ rank }) => ({ r: rank, miss_dropout: 0, init_weights: true, bias: "none" }),
    tensors: { M: "miss_block" },
    linearOnly: true,
    read: ({ M }) => ({ rank: M![0]! }),
  },
};
