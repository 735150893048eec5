import { listed } from "./refusal.ts";

/** What is odd about a checkpoint that can be used all the same. */
export interface Warning {
  readonly code: "non-finite-weights" | "unused-tensors" | "renamed-tensors" | "config-set-aside" | "files-set-aside";
  readonly message: string;
}

/** @param names of tensors with a value that is no finite number. */
export function nonFiniteWarnings(names: readonly string[]): Warning[] {
  if (names.length === 0) return [];
  return [
    {
      code: "non-finite-weights",
      message: `Not all weights are finite numbers: ${listed(names)}. The model's output may be no number either.`,
    },
  ];
}

/** @param names of tensors that the model does not read. */
export function unusedWarnings(names: readonly string[]): Warning[] {
  if (names.length === 0) return [];
  return [{ code: "unused-tensors", message: `The model does not read ${names.length} tensors: ${listed(names)}.` }];
}
