import { ConfigError } from "../errors.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { bucketLengths } from "../tasks/buckets.ts";
import type { CollateOptions } from "../tasks/collate.ts";
import { encodeCompletions } from "../tasks/completions.ts";
import { type Encoded, type EncodedExample, encodeExamples, encodeWindows, lengthOf } from "../tasks/encode.ts";
import { batchIndices, drawSubset } from "../tasks/subset.ts";
import { type Example, predictsTokens, type Task, tasks } from "../tasks/task.ts";
import type { RunConfig } from "./config.ts";
import type { InputShape } from "./programs.ts";
import type { Sources } from "./sources.ts";

/** Examples per validation batch. */
export const VALIDATION_BATCH = 32;

/** Steps that are looked at to choose the lengths that batches are padded to. */
const BUCKET_SAMPLE = 100;

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
  /** Rows that the model sees for one example: two where the sentences of a pair are encoded apart. */
  readonly rowsPerExample: number;
  readonly truncatedTexts: number;
  readonly totalTexts: number;
}

/** Reads, draws and tokenises what a run trains on and is validated on. @throws CheckpointError, ConfigError. */
export async function loadData(config: RunConfig, model: LoadedModel, sources: Sources): Promise<RunData> {
  const task: Task = tasks[config.task];
  const { maxLength } = model.transformer;
  if (config.maxTokens > maxLength) {
    throw new ConfigError(
      `the longest text is set to ${config.maxTokens} tokens, but ${config.model} has ${maxLength} positions`,
      `Set it to ${maxLength} or less.`,
    );
  }
  const [train, dev] = await Promise.all(
    [task.files.train, task.files.dev].map(async (file) => {
      const path = `${task.id}/${file}`;
      return task.parse(await sources.task(path), path);
    }),
  );
  const shots = config.shots === "all" ? "all" : Number(config.shots);
  const pick = <T>(all: readonly T[]): T[] => drawSubset(all.length, shots, config.seed).map((index) => all[index]!);

  let training: Encoded;
  let validation: Encoded;
  let validationTexts: readonly Example[] = dev!.slice(0, config.validationRows);
  if (task.kind === "language-modelling") {
    const windows = encodeWindows(train!, model.tokenizer, config.maxTokens);
    // The last window is short; a subset of whole ones is all of one length.
    training = { ...windows, examples: pick(windows.examples.slice(0, Math.max(1, windows.examples.length - 1))) };
    validation = encodeWindows(dev!, model.tokenizer, config.maxTokens);
    validation = { ...validation, examples: validation.examples.slice(0, config.validationRows) };
    validationTexts = dev!;
  } else if (task.kind === "completion") {
    const options = { maxTokens: config.maxTokens, decoderStart: model.transformer.decoderStart };
    training = encodeCompletions(pick(train!), model.tokenizer, options);
    validation = encodeCompletions(validationTexts, model.tokenizer, options);
  } else {
    const pairing = model.transformer.pooled ? config.pairing : "two-towers";
    const options = { maxTokens: config.maxTokens, pairing };
    training = encodeExamples(pick(train!), model.tokenizer, options);
    validation = encodeExamples(validationTexts, model.tokenizer, options);
  }

  const { examples } = training;
  const sampled = Array.from({ length: Math.min(config.steps, BUCKET_SAMPLE) }, (_, step) =>
    longest(batchIndices(examples.length, config.batchSize, step, config.seed).map((index) => examples[index]!)),
  );
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
    rowsPerExample: examples[0]!.rows.length,
    truncatedTexts: training.truncated + validation.truncated,
    totalTexts: training.total + validation.total,
  };
}

/** Sizes of the inputs of a program for a number of examples, padded to a length. */
export function inputShape({ task, training, rowsPerExample }: RunData, examples: number, length: number): InputShape {
  return {
    rows: examples * rowsPerExample,
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
