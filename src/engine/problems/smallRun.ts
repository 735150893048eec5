import type { RunConfig } from "../settings/config.ts";

/** A run of a few short texts. */
export const smallRun = {
  maxTokens: 12,
  shots: "16",
  batchSize: 4,
  calibrationBatches: 2,
  rank: 4,
  targets: "query-value",
  learningRate: 0.01,
  headLearningRate: 0.01,
  steps: 12,
  validationRows: 24,
  evaluateEvery: 6,
  spectrumEvery: 4,
} as const satisfies Partial<RunConfig>;
