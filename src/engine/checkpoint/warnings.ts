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

/** @param ids of tokens that config.json names and no vocabulary of this size has, as written, by their keys. */
export function setAsideWarnings(ids: ReadonlyMap<string, string>, vocabularySize: number): Warning[] {
  if (ids.size === 0) return [];
  const named = listed([...ids].map(([key, id]) => `${key} ${id}`));
  const message = `config.json names tokens that are not among its ${vocabularySize.toLocaleString("en")}: ${named}. The tokenizer's own are used instead.`;
  return [{ code: "config-set-aside", message }];
}
