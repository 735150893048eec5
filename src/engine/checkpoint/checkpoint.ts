import type { ModelConfig } from "./config.ts";
import type { CheckpointFiles, OnProgress } from "./files.ts";
import type { Expect } from "./names.ts";
import { openCheckpoint, requireAll } from "./openCheckpoint.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { areFinite, areSame, type HostTensor } from "./safetensors.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { nonFiniteWarnings, type Warning } from "./warnings.ts";

export { type CheckpointFiles, type FileBytes, type OnProgress, usualFiles } from "./files.ts";
export type { ExpectedTensor } from "./names.ts";

/** A pretrained model: what it is, and where its weights are to be read. */
export interface Checkpoint {
  readonly config: ModelConfig;
  /** Exactly the expected tensors, by names without the prefix; their values are read whenever they are asked for. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly tokenizer: TextTokenizer;
  /** What the file puts before names, such as "bert."; empty where it does not. */
  readonly prefix: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors in the file that the model does not read. */
  readonly unused: readonly string[];
  /** Tensors with a value that is not a finite number. */
  readonly notFinite: readonly string[];
  /** What of this should be said. */
  readonly warnings: readonly Warning[];
}

/**
 * Loads a checkpoint's config and tokenizer, and checks these and the weights, each and all against each other. Every weight
 * is read once for that, a stretch at a time, and none is kept.
 *
 * @param onProgress of the weights: of those that are fetched first, or of looking through them.
 * @param admit is called when all but the weights has been found to be right, and throws where they need not be read.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function loadCheckpoint(
  files: CheckpointFiles,
  expect: Expect,
  onProgress?: OnProgress,
  admit: () => void = () => {},
): Promise<Checkpoint> {
  const opened = await openCheckpoint(files, expect, onProgress);
  requireAll(opened);
  admit();
  const { config, tokenizer, weights, prefix, stored, copies, expected, comparison, warnings } = opened;
  let isTold = false;
  const parts = await weights.open((loaded, total) => {
    isTold = true;
    onProgress?.(loaded, total);
  });
  const find = (name: string) => parts.find(({ entries }) => entries.has(name))!.stored(name);
  const tensors = new Map(expected.map(({ name }) => [name, find(stored.get(name)!)]));
  for (const [copy, name] of copies) {
    if (await areSame(tensors.get(name)!, find(copy))) continue;
    throw new RefusedFileError(
      "tensor-missing",
      `${weights.name} lacks ${name}, and what could be its copies differ: ${listed([stored.get(name)!, copy])}`,
      "Save the model again with all of its tensors.",
    );
  }
  const notFinite: string[] = [];
  let looked = 0;
  for (const [name, tensor] of tensors) {
    if (!(await areFinite(tensor))) notFinite.push(name);
    const { begin, end } = weights.entries.get(stored.get(name)!)!;
    looked += end - begin;
    if (!isTold) onProgress?.(looked, weights.bytes);
  }
  return {
    config,
    tensors,
    tokenizer,
    prefix,
    metadata: weights.metadata,
    unused: comparison.unused,
    notFinite,
    warnings: [...nonFiniteWarnings(notFinite), ...warnings],
  };
}
