import type { RunConfig } from "../../src/engine/settings/config.ts";

type Task = "verse-sts" | "authors";

interface PlannedMethod {
  readonly settings: Partial<RunConfig>;
  readonly learningRates: readonly number[];
}

/** Every run of the tables of docs/results.md, and the learning rates among which a sweep chooses for each method and size. */
export const plan = {
  tasks: ["verse-sts", "authors"],
  shots: { "verse-sts": [16, 64, 256, 1024], authors: [16, 64, 256] },
  seeds: [0, 1, 2, 3, 4],
  /** Its subsets choose learning rates and are in no cell of the table. */
  sweepSeed: 100,
  common: {
    model: "pd-bert",
    pairing: "two-towers",
    batchSize: 16,
    steps: 100,
    schedule: "linear",
    maxTokens: 48,
    validationRows: 300,
    targets: "attention-mlp",
  },
  /** The head learns beside every method at one rate, near the best of its own sweep, so that only the update's is swept. */
  headLearningRates: { "verse-sts": 1e-3, authors: 1e-2 },
  methods: {
    head: { settings: {}, learningRates: [3e-4, 1e-3, 3e-3, 1e-2, 3e-2] },
    lora: { settings: { rank: 8, alpha: 16 }, learningRates: [3e-5, 1e-4, 3e-4, 1e-3, 3e-3] },
    "deep-lora-narrow": {
      settings: { rank: 8, depth: 3, initScale: 0.1 },
      learningRates: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
    },
    "deep-lora-compressed": {
      settings: { rank: 8, depth: 3, initScale: 0.1, gamma: 1, bases: "gradient", calibrationBatches: 4 },
      learningRates: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
    },
    full: { settings: {}, learningRates: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3] },
  },
} as const satisfies {
  readonly tasks: readonly Task[];
  readonly shots: Readonly<Record<Task, readonly number[]>>;
  readonly seeds: readonly number[];
  readonly sweepSeed: number;
  readonly common: Partial<RunConfig>;
  readonly headLearningRates: Readonly<Record<Task, number>>;
  readonly methods: Partial<Readonly<Record<RunConfig["method"], PlannedMethod>>>;
};

/** As a setting; smaller subsets are the first examples of this one. */
export const largestShots = "1024";
