import type { ModelConfig } from "./config.ts";
import type { CheckpointFiles, OnProgress } from "./files.ts";
import type { Expect } from "./names.ts";
import { type Comparison, openCheckpoint } from "./openCheckpoint.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import type { Warning } from "./warnings.ts";

/** What can be said of a checkpoint before any weight is read or any memory asked for. */
export interface Inspection {
  readonly config: ModelConfig;
  readonly tokenizer: TextTokenizer;
  /** What messages call the weights: the file, or the index of the files. */
  readonly weightsFile: string;
  /** Bytes of the weights' files. */
  readonly storedBytes: number;
  /** What the model will read, by name without the prefix; what is missing from the files has no dtype. */
  readonly tensors: readonly InspectedTensor[];
  /** Numbers in these. */
  readonly parameters: number;
  /** Parameters by the element type that they are stored in. */
  readonly dtypes: ReadonlyMap<string, number>;
  /** How what is there differs from what the model reads. Anything but unused tensors makes loading fail. */
  readonly comparison: Comparison;
  readonly warnings: readonly Warning[];
}

export interface InspectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string | undefined;
  /** Bytes as float32, which is what weights are on the host and, unless packed, on the device. */
  readonly bytes: number;
}

/**
 * Reads config.json, the tokenizer and the headers of the weights, and nothing else where the source has `slice`.
 *
 * @param onProgress of files that cannot be read in slices.
 * @throws RefusedFileError when one of these cannot be used at all.
 */
export async function inspectCheckpoint(
  files: CheckpointFiles,
  expect: Expect,
  onProgress?: OnProgress,
): Promise<Inspection> {
  const opened = await openCheckpoint(files, expect, onProgress);
  const { config, tokenizer, weights, expected, stored, comparison, warnings } = opened;
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const tensors = expected.map(({ name, shape }) => ({
    name,
    shape,
    dtype: weights.entries.get(stored.get(name) ?? "")?.dtype,
    bytes: 4 * sizeOf(shape),
  }));
  const dtypes = new Map<string, number>();
  for (const { dtype, shape } of tensors) if (dtype) dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + sizeOf(shape));
  return {
    config,
    tokenizer,
    weightsFile: weights.name,
    storedBytes: weights.bytes,
    tensors,
    parameters: tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    dtypes,
    comparison,
    warnings,
  };
}
