import { fineTuning } from "./fineTuning.ts";
import { matrixCompletion } from "./matrixCompletion.ts";
import { pretraining } from "./pretraining.ts";

/** Every problem, by its name. */
export const problems = {
  "fine-tuning": fineTuning,
  pretraining,
  "matrix-completion": matrixCompletion,
} as const;

export type ProblemName = keyof typeof problems;
