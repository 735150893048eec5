import { number, since } from "../../field.ts";
import type { Adapter } from "../../methods/adapters/adapter.ts";

const fields = {
  toyScale: since(99, number("Toy scale s", 2, { min: 0.01, max: 100 }, "Multiplies the update.")),
};

/** The smallest adapter: an update of rank one, ΔW = s · u vᵀ. */
export const rankOne: Adapter<typeof fields> = {
  label: "Toy of rank one",
  group: "Toys",
  source: "Hu et al. 2022, arXiv:2106.09685",
  equation: "ΔW = s · u vᵀ",
  learningRate: 1e-2,
  trains: "updates",
  fields,
  parameters: ({ inFeatures, outFeatures }) => ({
    u: { shape: [outFeatures], rate: 1 },
    v: { shape: [inFeatures], rate: 1 },
  }),
  initial: ({ shape: { inFeatures, outFeatures }, stream }) => ({
    u: new Float64Array(outFeatures),
    v: stream.normals(inFeatures).map((x) => x / Math.sqrt(inFeatures)),
  }),
  initialNorm: () => 0,
  apply: (_, { u, v }, { toyScale }) => ({ kind: "pair", up: u!, down: v!, scale: toyScale }),
  delta: ({ u, v }, { toyScale }, { inFeatures, outFeatures }) =>
    Float64Array.from(
      { length: outFeatures * inFeatures },
      (_, at) => toyScale * u![Math.floor(at / inFeatures)]! * v![at % inFeatures]!,
    ),
  peft: "pair",
};
