import { scaled } from "../../ops/scaled.ts";
import { he } from "../initialisers/he.ts";
import type { Adapter } from "./adapter.ts";
import { rank } from "./fields.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

const fields = { rank };

/**
 * VeRA: ΔW = diag(b) · B · diag(d) · A with random A [r, in] and B [out, r] that are never trained and that all layers of
 * a shape share; b [out] starts at 0 and d [r] at 0.1 (Kopiczko et al., 2024, arXiv:2310.11454, §3). A and B are uniform
 * on ±√(6 / columns), as Kaiming's initialisation has it and PEFT after it.
 */
export const vera: Adapter<typeof fields> = {
  label: "VeRA",
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
      shared(name, (stream) => he.matrix([rows, cols], stream, {}));
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
};
