import { RefusedFileError } from "../checkpoint/refusal.ts";
import { ConfigError } from "../errors.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { RunConfig } from "../settings/config.ts";
import { bucketLengths } from "../tasks/buckets.ts";
import type { CollateOptions } from "../tasks/collate.ts";
import { encodeCompletions } from "../tasks/completions.ts";
import { describeData } from "../tasks/custom/settings.ts";
import { type Encoded, type EncodedExample, encodeExamples, encodeWindows, lengthOf } from "../tasks/encode.ts";
import { batchIndices, drawSubset, inMicroBatches } from "../tasks/subset.ts";
import { type Example, predictsTokens, type Task, taskTraitsOf } from "../tasks/task.ts";
import { readTask } from "./readTask.ts";
import type { Sources } from "./sources.ts";

/** Examples per validation batch. */
export const VALIDATION_BATCH = 32;

/** Steps that are looked at to choose the lengths that batches are padded to. */
const BUCKET_SAMPLE = 100;

/**
 * How an example's sentences come to be one vector: a single text by its sentence vector; a packed pair, whose sentences
 * attend to each other, by the pooler's output; as two towers the sentence vectors u, v meet only in the head, through
 * [u⊙v, |u−v|, cos(u, v)].
 */
export type Reading = "single" | "packed" | "two-towers";

/** A run's data as the model will see it. */
export interface RunData {
  readonly task: Task;
  /** The few-shot subset, in the order in which it was drawn. */
  readonly training: readonly EncodedExample[];
  readonly validation: readonly EncodedExample[];
  /** The validation examples as text; in language modelling there is one per line, not per window. */
  readonly validationTexts: readonly Example[];
  /** Validation batches of like length, as positions in `validation`. */
  readonly validationBatches: readonly (readonly number[])[];
  readonly trainingLengths: readonly number[];
  readonly validationLengths: readonly number[];
  /** How the sentences of an example are read, where something is to be said of them. */
  readonly reading: Reading;
  readonly truncatedTexts: number;
  readonly totalTexts: number;
}

/** Reads, draws and tokenises what a run trains on and is validated on. @throws CheckpointError, ConfigError. */
export async function loadData(config: RunConfig, model: LoadedModel, sources: Sources): Promise<RunData> {
  const { maxLength } = model.transformer;
  if (config.maxTokens > maxLength) {
    throw new ConfigError(
      `the longest text is set to ${config.maxTokens} tokens, but ${config.model} has ${maxLength} positions`,
      `Set it to ${maxLength} or less.`,
    );
  }
  const { task, train, dev } = await readTask(config, sources);
  const encode = encoderOf(config, task, model);
  const pick = <T>(all: readonly T[]): T[] => {
    assertEnough(all.length, config);
    return drawSubset(all.length, config.shots === "all" ? "all" : Number(config.shots), config.seed).map(
      (at) => all[at]!,
    );
  };

  let training: Encoded;
  let validation: Encoded;
  let validationTexts: readonly Example[] = dev.slice(0, config.validationRows);
  if (task.kind === "language-modelling") {
    const windows = encode(train);
    // The last window is short; a subset of whole ones is all of one length.
    training = { ...windows, examples: pick(windows.examples.slice(0, Math.max(1, windows.examples.length - 1))) };
    validation = encode(dev);
    validation = { ...validation, examples: validation.examples.slice(0, config.validationRows) };
    validationTexts = dev;
  } else {
    training = encode(pick(train));
    validation = encode(validationTexts);
  }
  if (validation.examples.length === 0) {
    throw new RefusedFileError(
      "data-too-few",
      "the text that is held out has too few tokens to predict any",
      "Hold out a larger share, or take a longer text.",
    );
  }

  const { examples } = training;
  const sampled = Array.from({ length: Math.min(config.steps, BUCKET_SAMPLE) }, (_, step) => {
    const batch = batchIndices(examples.length, config.batchSize, step, config.seed).map((index) => examples[index]!);
    return inMicroBatches(batch, config.accumulationSteps).map(longest);
  }).flat();
  const validationBatches = batchesByLength(validation.examples);
  return {
    task,
    training: examples,
    validation: validation.examples,
    validationTexts,
    validationBatches,
    trainingLengths: bucketLengths([...sampled, longest(examples)], config.maxTokens),
    validationLengths: bucketLengths(
      validationBatches.map((batch) => longest(batch.map((index) => validation.examples[index]!))),
      config.maxTokens,
    ),
    reading: readingOf(config, model),
    truncatedTexts: training.truncated + validation.truncated,
    totalTexts: training.total + validation.total,
  };
}

/** What tokenises examples as a run's model reads them. */
export function encoderOf(
  config: RunConfig,
  task: Task,
  model: Pick<LoadedModel, "tokenizer" | "transformer">,
): (examples: readonly Example[]) => Encoded {
  const { tokenizer, transformer } = model;
  const { maxTokens } = config;
  if (task.kind === "language-modelling") return (examples) => encodeWindows(examples, tokenizer, maxTokens);
  if (task.kind === "completion") {
    const { decoderStart } = transformer;
    return (examples) => encodeCompletions(examples, tokenizer, { maxTokens, decoderStart });
  }
  const pairing = readingOf(config, model) === "packed" ? "packed" : "two-towers";
  return (examples) => encodeExamples(examples, tokenizer, { maxTokens, pairing });
}

/** How the sentences of an example are read by a run of these settings. */
export function readingOf(config: RunConfig, { transformer }: Pick<LoadedModel, "transformer">): Reading {
  if (!taskTraitsOf(config).hasPairs) return "single";
  return transformer.pooled ? config.pairing : "two-towers";
}

/**
 * Bundled tasks have examples enough for every choice but one; of custom data there may be fewer than were asked for,
 * and a run on fewer would be another than its settings say.
 */
function assertEnough(count: number, { task, shots, data, dataKind }: RunConfig): void {
  if (count === 0 || (task === "custom" && shots !== "all" && Number(shots) > count)) {
    const what = dataKind === "language-modelling" ? "windows of text" : "rows";
    throw new RefusedFileError(
      "data-too-few",
      `${describeData(data)} has ${count.toLocaleString("en")} ${what} to train on, and ${shots === "all" ? "some" : Number(shots).toLocaleString("en")} are asked for`,
      count === 0 ? "Choose a file with more of them." : "Choose fewer examples (shots), or all.",
    );
  }
}

/** Sizes of what a program reads: `rows` texts of `length` tokens, and `targets` labels. */
export interface InputShape {
  readonly rows: number;
  readonly length: number;
  readonly targets: number;
  /** Whether a decoder reads as many rows of its own. */
  readonly hasDecoder: boolean;
}

/** Sizes of the inputs of a program for a number of examples, padded to a length. */
export function inputShape({ task, training }: RunData, examples: number, length: number): InputShape {
  return {
    // Two where the sentences of a pair are encoded apart.
    rows: examples * training[0]!.rows.length,
    length,
    targets: predictsTokens(task) ? examples * length : examples,
    hasDecoder: training[0]!.decoder !== undefined,
  };
}

/** How examples are put into these inputs. */
export function collation({ task }: RunData, batchSize: number, length: number, padId: number): CollateOptions {
  return { length, batchSize, padId, perToken: predictsTokens(task) };
}

/** Mean label of the training subset: where a regression head starts. */
export function meanLabel(examples: readonly EncodedExample[]): number {
  return examples.reduce((sum, { labels }) => sum + labels[0]!, 0) / examples.length;
}

/** Positions in batches, short examples with short ones, so that little is padded. */
function batchesByLength(examples: readonly EncodedExample[]): number[][] {
  const order = examples
    .map((_, index) => index)
    .sort((a, b) => lengthOf(examples[a]!) - lengthOf(examples[b]!) || a - b);
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += VALIDATION_BATCH)
    batches.push(order.slice(from, from + VALIDATION_BATCH));
  return batches;
}

export function longest(examples: readonly EncodedExample[]): number {
  return Math.max(...examples.map(lengthOf));
}
