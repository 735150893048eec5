import { scaled } from "../../ops/scaled.ts";
import { frozenFactor } from "../initialisers/roles.ts";
import type { Adapter } from "./adapter.ts";
import { rank } from "./fields.ts";
import type { PeftLayer } from "./peftForm.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";
import statement from "./vera.py?raw";

const fields = { rank };

/**
 * VeRA: ΔW = diag(b) · B · diag(d) · A with random A [r, in] and B [out, r] that are never trained and that all layers of
 * a shape share; b [out] starts at 0 and d [r] at 0.1 (Kopiczko et al., 2024, arXiv:2310.11454, §3). A and B are uniform
 * on ±√(6 / columns), as Kaiming's initialisation has it and PEFT after it.
 */
export const vera: Adapter<typeof fields> = {
  label: "VeRA",
  group: "Vectors",
  source: "Kopiczko et al. 2024, arXiv:2310.11454",
  equation: "ΔW = diag(b) B diag(d) A, only b and d trained",
  learningRate: 1e-2,
  trains: "updates",
  fields,
  parameters: ({ inFeatures, outFeatures }, { rank }) => ({
    A: { shape: [rank, inFeatures], rate: "constant", shared: true },
    B: { shape: [outFeatures, rank], rate: "constant", shared: true },
    b: { shape: [outFeatures], rate: 1 },
    d: { shape: [rank], rate: 1 },
  }),
  initial({ shape: { inFeatures, outFeatures }, shared }, { rank }) {
    const drawn = (name: string, rows: number, cols: number) =>
      shared(name, (stream) => frozenFactor.matrix([rows, cols], stream, {}));
    return {
      A: drawn("A", rank, inFeatures),
      B: drawn("B", outFeatures, rank),
      b: new Float64Array(outFeatures),
      d: new Float64Array(rank).fill(0.1),
    };
  },
  initialNorm: () => 0,
  apply: (tape, { A, B, b, d }) => ({
    kind: "pair",
    up: scaled(tape, B!, b!),
    down: transposed(tape, scaled(tape, A!, d!)),
    scale: 1,
  }),
  delta({ A, B, b, d }, { rank }, { inFeatures, outFeatures }) {
    const up = matrix(
      Float64Array.from(B!, (value, at) => value * b![Math.floor(at / rank)]!),
      outFeatures,
      rank,
    );
    const down = matrix(
      Float64Array.from(A!, (value, at) => value * d![Math.floor(at / inFeatures)]!),
      rank,
      inFeatures,
    );
    return product(up, down).values;
  },
  python: statement,
  peft: {
    kind: { peft_type: "VERA" },
    config: () => ({ save_projection: true, projection_prng_key: 0, d_initial: 0.1, vera_dropout: 0, bias: "none" }),
    tensors: { b: "vera_lambda_b", d: "vera_lambda_d" },
    gathered,
    unread: "its random matrices are in the file, while a run draws its own from its seed",
  },
};

/**
 * PEFT has one A and B for layers of all shapes, of which each takes as many columns and rows as it has inputs and outputs.
 * Here every shape has its own, so that they come one below the other, and d is 0 where another shape's are.
 */
function gathered<L extends PeftLayer>(layers: readonly L[], { rank }: { readonly rank: number }) {
  const keyOf = ({ shape }: L) => `${shape.outFeatures}x${shape.inFeatures}`;
  const keys = [...new Set(layers.map(keyOf))];
  const [width, height] = [widest(layers, "inFeatures"), widest(layers, "outFeatures")];
  const ranks = rank * keys.length;
  const A = new Float64Array(ranks * width);
  const B = new Float64Array(height * ranks);
  for (const [index, key] of keys.entries()) {
    const { shape, values } = layers.find((layer) => keyOf(layer) === key)!;
    const from = index * rank;
    for (let row = 0; row < rank; row++)
      for (let col = 0; col < shape.inFeatures; col++)
        A[(from + row) * width + col] = values.A!.values[row * shape.inFeatures + col]!;
    for (let row = 0; row < shape.outFeatures; row++)
      for (let col = 0; col < rank; col++) B[row * ranks + from + col] = values.B!.values[row * rank + col]!;
  }
  const padded = (layer: L) => {
    const d = new Float64Array(ranks);
    d.set(layer.values.d!.values, keys.indexOf(keyOf(layer)) * rank);
    return { ...layer, values: { ...layer.values, d: { shape: [ranks], values: d } } };
  };
  return {
    config: { r: ranks },
    tensors: {
      "base_model.vera_A": { shape: [ranks, width], values: A },
      "base_model.vera_B": { shape: [height, ranks], values: B },
    },
    layers: layers.map(padded),
  };
}

function widest(layers: readonly PeftLayer[], side: "inFeatures" | "outFeatures"): number {
  return Math.max(...layers.map(({ shape }) => shape[side]));
}
