import { choice, number } from "../../field.ts";
import { MOST_COLUMNS } from "../../linalg/orthonormalise.ts";
import { semiOrthogonal } from "../../linalg/semiOrthogonal.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { Adapter, ByName } from "./adapter.ts";
import statement from "./compressedDeepLora.py?raw";
import { depth, initScale, rank } from "./fields.ts";
import { flipped, matrix, product } from "./plain.ts";

const fields = {
  rank,
  depth,
  initScale,
  gamma: number(
    "Outer rate γ",
    1,
    { min: 0, max: 10 },
    "Learning rate of the outer factors, as a share of that of the cores; 0 freezes them.",
  ),
  bases: {
    ...choice(
      "Bases",
      "gradient",
      { gradient: "First gradient + random", spectral: "First gradient only", random: "Random" },
      "Where the outer factors of the compressed form start: half of them in the top directions of the first gradient, as in the paper, all of them, or none.",
    ),
    isMinor: true,
  },
  calibrationBatches: {
    ...number(
      "Calibration batches",
      4,
      { min: 1, max: 16, whole: true },
      "Batches whose gradient the bases are taken from, and that updates are compared with.",
    ),
    appliesIf: ({ bases }: Readonly<Record<string, unknown>>) => bases !== "random",
    isMinor: true,
  },
} as const;

/**
 * Compressed Deep LoRA: ΔWᵀ = U · W_L … W_1 · Vᵀ with cores [r, r] that start as ε times the identity, and outer
 * factors U [in, r], V [out, r] that learn at γ times the rate (Yaras et al., 2024, arXiv:2406.04112, §4). The outer
 * factors start with orthonormal columns; where they come from is the business of run/bases.ts.
 */
export const compressedDeepLora: Adapter<typeof fields> = {
  label: "Deep LoRA, compressed",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "ΔWᵀ = U · Wʟ ⋯ W₁ · Vᵀ",
  learningRate: 3e-3,
  trains: "updates",
  tags: ["deep-lora"],
  fields,

  problems({ bases, rank }) {
    const problems = [];
    if (bases === "gradient" && rank % 2 !== 0)
      problems.push("half of the compressed bases come from the gradient, so the rank must be even");
    if (bases !== "random" && rank > MOST_COLUMNS)
      problems.push(`bases from the gradient have up to ${MOST_COLUMNS} columns, not ${rank}; choose random ones`);
    return problems.map((problem) => ({ field: "rank", problem }));
  },

  bases: { input: "U", output: "V", kind: ({ bases }) => (bases === "random" ? undefined : bases) },

  parameters({ inFeatures, outFeatures }, { rank, depth, gamma }) {
    return {
      U: { shape: [inFeatures, rank], rate: gamma },
      V: { shape: [outFeatures, rank], rate: gamma },
      ...Object.fromEntries(coreNames(depth).map((name) => [name, { shape: [rank, rank], rate: 1 }])),
    };
  },

  initial({ shape: { inFeatures, outFeatures }, stream }, { rank, depth, initScale }) {
    const core = Float64Array.from({ length: rank * rank }, (_, at) => (at % (rank + 1) === 0 ? initScale : 0));
    return {
      U: semiOrthogonal(inFeatures, rank, stream),
      V: semiOrthogonal(outFeatures, rank, stream),
      ...Object.fromEntries(coreNames(depth).map((name) => [name, core])),
    };
  },

  initialNorm: ({ initScale, depth }) => initScale ** depth,

  apply(tape, factors, { depth }) {
    const { U, V } = factors as ByName<Tensor> & { U: Tensor; V: Tensor };
    const middle = core(tape, factors, depth);
    return {
      kind: "pair",
      up: matmul(tape, V, middle, { transposeB: true, strides: V.strides }),
      down: U,
      scale: 1,
      thin: { left: U, core: middle, right: V, isTransposed: true },
    };
  },

  delta({ U, V, ...cores }, { rank, depth }, { inFeatures, outFeatures }) {
    const middle = coreNames(depth)
      .reverse()
      .map((name) => matrix(cores[name]!, rank, rank));
    const turned = product(matrix(U!, inFeatures, rank), ...middle, flipped(matrix(V!, outFeatures, rank)));
    return flipped(turned).values;
  },

  python: statement,
  peft: "pair",
};

function coreNames(depth: number): string[] {
  return Array.from({ length: depth }, (_, index) => `W${index + 1}`);
}

/** M = W_L … W_1 [layers, r, r]. */
function core(tape: Tape, factors: ByName<Tensor>, depth: number): Tensor {
  return coreNames(depth)
    .map((name) => factors[name]!)
    .reduce((product, factor) => matmul(tape, factor, product, { strides: factor.strides }));
}
