import type { ModelConfig } from "./config.ts";
import type { CheckpointFiles, OnProgress } from "./files.ts";
import type { Expect } from "./names.ts";
import { openCheckpoint, requireAll } from "./openCheckpoint.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import type { HostTensor } from "./safetensors.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { nonFiniteWarnings, type Warning } from "./warnings.ts";

export { type CheckpointFiles, type OnProgress, usualFiles } from "./files.ts";
export type { ExpectedTensor } from "./names.ts";

/** A pretrained model in host memory. */
export interface Checkpoint {
  readonly config: ModelConfig;
  /** Exactly the expected tensors, by names without the prefix. */
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
 * Loads a checkpoint's config, tokenizer and weights and checks each, and all against each other. Weights in several
 * files are read one file after the other.
 *
 * @param onProgress of the weights.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function loadCheckpoint(
  files: CheckpointFiles,
  expect: Expect,
  onProgress?: OnProgress,
): Promise<Checkpoint> {
  const opened = await openCheckpoint(files, expect, onProgress);
  requireAll(opened);
  const { config, tokenizer, weights, prefix, stored, copies, expected, comparison, warnings } = opened;
  const read = new Map<string, HostTensor>();
  const others = new Map<string, HostTensor>();
  for await (const file of weights.files(onProgress)) {
    for (const { name } of expected) {
      const from = stored.get(name)!;
      if (file.entries.has(from)) read.set(name, file.read(from));
    }
    for (const copy of copies.keys()) if (file.entries.has(copy)) others.set(copy, file.read(copy));
  }
  for (const [copy, name] of copies) {
    const [one, other] = [read.get(name)!.values, others.get(copy)!.values];
    if (one.length === other.length && one.every((value, at) => Object.is(value, other[at]))) continue;
    throw new RefusedFileError(
      "tensor-missing",
      `${weights.name} lacks ${name}, and what could be its copies differ: ${listed([stored.get(name)!, copy])}`,
      "Save the model again with all of its tensors.",
    );
  }
  const tensors = new Map(expected.map(({ name }) => [name, read.get(name)!]));
  const notFinite = [...tensors].filter(([, { values }]) => !values.every(Number.isFinite)).map(([name]) => name);
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
