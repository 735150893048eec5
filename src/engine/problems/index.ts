import { fineTuning } from "./fineTuning.ts";
import { matrixCompletion } from "./matrixCompletion.ts";

/** Every problem, by its name. */
export const problems = {
  "fine-tuning": fineTuning,
  "matrix-completion": matrixCompletion,
} as const;

export type ProblemName = keyof typeof problems;
