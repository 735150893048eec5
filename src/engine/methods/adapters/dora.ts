import { inverseNorms } from "../../ops/inverseNorms.ts";
import { scaled } from "../../ops/scaled.ts";
import { startingPair } from "../initialisers/initialiser.ts";
import { factor } from "../initialisers/roles.ts";
import type { Adapter, Pair } from "./adapter.ts";
import { addedTo } from "./changed.ts";
import statement from "./dora.py?raw";
import { alpha, rank, scaleOf, scaling } from "./fields.ts";
import { loraForm, lowRank } from "./lowRank.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

const fields = { rank, alpha, scaling };

/**
 * DoRA: W′ = diag(m / ‖V‖) V with V = W + (α / r) · B A and norms row by row, which pass no gradient; the magnitudes
 * m [out] start as the norms of W's rows (Liu et al., 2024, arXiv:2402.09353, §4.3).
 */
export const dora: Adapter<typeof fields> = {
  label: "DoRA",
  group: "LoRA family",
  source: "Liu et al. 2024, arXiv:2402.09353",
  equation: "W′ = diag(m / ‖V‖) V, V = W + (α / r) · B A",
  learningRate: 1e-3,
  trains: "updates",
  fields,
  parameters: (shape, { rank }) => ({ ...lowRank(shape, rank), m: { shape: [shape.outFeatures], rate: 1 } }),
  initial: (layer, { rank }) => ({
    ...startingPair(factor, layer, rank),
    m: rowNorms(layer.weight(), layer.shape.inFeatures),
  }),
  initialNorm: () => 0,
  apply(tape, { A, B, m }, settings, base) {
    const pair: Pair = { up: B!, down: transposed(tape, A!), scale: scaleOf(settings) };
    return { kind: "pair", ...pair, gain: scaled(tape, m!, inverseNorms(tape, addedTo(tape, pair, base()))) };
  },
  delta({ A, B, m }, { alpha, rank, scaling }, { inFeatures, outFeatures }, weight) {
    const update = product(matrix(B!, outFeatures, rank), matrix(A!, rank, inFeatures)).values;
    const sum = update.map((value, at) => weight[at]! + (value * alpha) / (scaling === "root" ? rank ** 0.5 : rank));
    const norms = rowNorms(sum, inFeatures);
    return sum.map((value, at) => {
      const row = Math.floor(at / inFeatures);
      return (m![row]! / norms[row]!) * value - weight[at]!;
    });
  },
  python: statement,
  peft: {
    ...loraForm,
    kind: { peft_type: "LORA", use_dora: true },
    tensors: { ...loraForm.tensors, m: "lora_magnitude_vector" },
  },
};

function rowNorms(weight: Float64Array, cols: number): Float64Array {
  return Float64Array.from({ length: weight.length / cols }, (_, row) =>
    Math.hypot(...weight.subarray(row * cols, (row + 1) * cols)),
  );
}
