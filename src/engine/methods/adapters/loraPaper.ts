import { startingPair } from "../initialisers/initialiser.ts";
import { normals } from "../initialisers/roles.ts";
import type { Adapter } from "./adapter.ts";
import { rank } from "./fields.ts";
import statement from "./loraPaper.py?raw";
import { lowRank } from "./lowRank.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

/**
 * The baseline that the Deep LoRA paper compares with: ΔW = B·A unscaled, with A ~ N(0, 1) (Yaras et al., 2024,
 * arXiv:2406.04112, and its code). The larger start makes its steps grow with the rank.
 */
export const loraPaper: Adapter<{ rank: typeof rank }> = {
  label: "LoRA, the paper's baseline",
  group: "LoRA family",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "ΔW = B A, A ~ N(0, 1)",
  learningRate: 1e-4,
  trains: "updates",
  restarts: true,
  fields: { rank },
  parameters: (shape, { rank }) => lowRank(shape, rank),
  initial: (layer, { rank }) => ({ ...startingPair(normals, layer, rank, { startDeviation: 1 }) }),
  initialNorm: () => 0,
  apply: (tape, { A, B }) => ({ kind: "pair", up: B!, down: transposed(tape, A!), scale: 1 }),
  delta: ({ A, B }, { rank }, { inFeatures, outFeatures }) =>
    product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values,
  python: statement,
  peft: "pair",
};
