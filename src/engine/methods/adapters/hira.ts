import { matmul } from "../../ops/matmul.ts";
import { scaled } from "../../ops/scaled.ts";
import { startingPair } from "../initialisers/initialiser.ts";
import { factor } from "../initialisers/roles.ts";
import type { Adapter } from "./adapter.ts";
import { rank } from "./fields.ts";
import statement from "./hira.py?raw";
import { lowRank } from "./lowRank.ts";
import { matrix, product } from "./plain.ts";

const fields = { rank };

/**
 * HiRA: ΔW = W ⊙ B A, a product element by element, which is of full rank though B A is not (Huang et al., 2025, ICLR,
 * "HiRA: Parameter-efficient Hadamard high-rank adaptation"). A starts as in LoRA and B at 0.
 */
export const hira: Adapter<typeof fields> = {
  label: "HiRA",
  group: "LoRA family",
  source: "Huang et al. 2025, ICLR",
  equation: "ΔW = W ⊙ B A",
  learningRate: 1e-3,
  trains: "updates",
  fields,
  parameters: (shape, { rank }) => lowRank(shape, rank),
  initial: (layer, { rank }) => ({ ...startingPair(factor, layer, rank) }),
  initialNorm: () => 0,
  apply: (tape, { A, B }, _, base) => ({
    kind: "weight",
    weight: scaled(tape, matmul(tape, B!, A!), base(), base()),
  }),
  delta: ({ A, B }, { rank }, { inFeatures, outFeatures }, weight) =>
    product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values.map((value, at) => value * weight[at]!),
  python: statement,
  peft: {
    kind: { peft_type: "HIRA" },
    config: ({ rank }) => ({ r: rank, hira_dropout: 0, init_weights: true }),
    tensors: { A: "hira_A", B: "hira_B" },
    read: ({ A }) => ({ rank: A![0]! }),
  },
};
