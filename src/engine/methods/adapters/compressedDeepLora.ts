import { choice, number } from "../../field.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import { defaults } from "../defaults.ts";
import { baseStarts } from "../initialisers/index.ts";
import { type Initialiser, rankProblems } from "../initialisers/initialiser.ts";
import { orthonormalFactor } from "../initialisers/roles.ts";
import { fieldsWhereChosen, optionsOf } from "../method.ts";
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
      defaults.bases,
      optionsOf(baseStarts),
      "Where the outer factors of the compressed form start: half of them in the top directions of the first gradient, as in the paper, all of them, or none.",
    ),
    isMinor: true,
  },
  ...fieldsWhereChosen(baseStarts, "bases"),
} as const;

/**
 * Compressed Deep LoRA: ΔWᵀ = U · W_L … W_1 · Vᵀ with cores [r, r] that start as ε times the identity, and outer
 * factors U [in, r], V [out, r] that learn at γ times the rate (Yaras et al., 2024, arXiv:2406.04112, §4). The outer
 * factors start with orthonormal columns.
 */
export const compressedDeepLora: Adapter<typeof fields> = {
  label: "Deep LoRA, compressed",
  group: "Deep factors",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "ΔWᵀ = U · Wʟ ⋯ W₁ · Vᵀ",
  learningRate: 3e-3,
  trains: "updates",
  tags: ["deep-lora"],
  fields,

  problems: ({ bases, rank }) => rankProblems(baseStarts[bases], rank).map((problem) => ({ field: "rank", problem })),

  directions: {
    of({ bases, rank }) {
      const initialiser = baseStarts[bases];
      return initialiser.kind === "directions" ? { initialiser, rank, scale: 1 } : undefined;
    },
    place: (_, { input, output }) => ({ U: input, V: output }),
  },

  parameters({ inFeatures, outFeatures }, { rank, depth, gamma }) {
    return {
      U: { shape: [inFeatures, rank], rate: gamma },
      V: { shape: [outFeatures, rank], rate: gamma },
      ...Object.fromEntries(coreNames(depth).map((name) => [name, { shape: [rank, rank], rate: 1 }])),
    };
  },

  initial({ shape: { inFeatures, outFeatures }, stream }, { rank, depth, initScale, bases }) {
    const core = (scale: number) =>
      Float64Array.from({ length: rank * rank }, (_, at) => (at % (rank + 1) === 0 ? scale : 0));
    return {
      U: orthonormalFactor.matrix([inFeatures, rank], stream, {}),
      V: orthonormalFactor.matrix([outFeatures, rank], stream, {}),
      ...Object.fromEntries(coreNames(depth).map((name) => [name, core(initScale)])),
      // In pairs of the gradient's directions the cores' product has to grow towards −G.
      ...(areOfGradient(baseStarts[bases]) && { W1: core(-initScale) }),
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

/** Whether each direction of one basis is paired with the gradient's own on the other side. */
function areOfGradient(initialiser: Initialiser): boolean {
  return initialiser.kind === "directions" && initialiser.isPaired === true;
}

function coreNames(depth: number): string[] {
  return Array.from({ length: depth }, (_, index) => `W${index + 1}`);
}

/** M = W_L … W_1 [layers, r, r]. */
function core(tape: Tape, factors: ByName<Tensor>, depth: number): Tensor {
  return coreNames(depth)
    .map((name) => factors[name]!)
    .reduce((product, factor) => matmul(tape, factor, product, { strides: factor.strides }));
}
