import type { Reading } from "../data/runData.ts";
import { ConfigError } from "../errors.ts";
import type { Batch, Forward, Transformer, Weights } from "../model/transformer.ts";
import { argmaxRows } from "../ops/argmaxRows.ts";
import { crossEntropy } from "../ops/crossEntropy.ts";
import { matmul } from "../ops/matmul.ts";
import { meanSquaredError } from "../ops/meanSquaredError.ts";
import { pairFeatures } from "../ops/pairFeatures.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";
import { weightedMean } from "../ops/weightedMean.ts";
import { RandomStream } from "../random/stream.ts";
import type { HeadParameter } from "./network.ts";
import { streams } from "./streams.ts";

/** Standard deviation of a new classification or regression layer, as in BERT (Devlin et al., 2019). */
const HEAD_DEVIATION = 0.02;

/** What a batch is turned into on the device. */
export interface Outputs {
  /**
   * Records what is predicted, where somebody wants to know: scores [examples, 1], class logits [examples, classes], or
   * the likeliest token at every position [examples · length]; nothing in language modelling.
   */
  readonly predictions?: () => Tensor;
  /** Loss of every example, or of every token [examples · length]. */
  readonly rowLoss: Tensor;
  /** [1]: mean of `rowLoss` over rows of weight 1. */
  readonly loss: Tensor;
}

export interface Targets {
  readonly labels: Tensor;
  /** 1 where a row counts, 0 where it is padding. */
  readonly weights: Tensor;
}

/** What is to be predicted from a batch, and how wrong a prediction is. */
export interface Objective {
  readonly head: readonly HeadParameter[];
  record(forward: Forward & { readonly head: Weights }, batch: Batch, targets: Targets): Outputs;
}

/**
 * A score for a text or a pair of texts, by squared error.
 *
 * @param meanLabel where predictions start; with two towers the cosine is spread over half of `range` around it, so
 *   that step 0 shows what the pretrained model knows without training.
 */
export function regression(
  transformer: Transformer,
  options: { reading: Reading; meanLabel: number; range: number; seed: number },
): Objective {
  const { reading, meanLabel, range, seed } = options;
  const { width, features } = readingOf(transformer, reading);
  const towers = new Float64Array(width);
  towers[width - 1] = range / 2;
  return {
    head:
      reading === "two-towers"
        ? headOf([1, width], towers, [meanLabel - range / 4])
        : headOf([1, width], normals(width, seed), [meanLabel]),
    record(forward, batch, targets) {
      const scores = linearHead(forward, features(forward, batch));
      return {
        predictions: () => scores,
        ...meanSquaredError(forward.tape, scores, targets.labels, targets.weights),
      };
    },
  };
}

/** One of a few classes for a text or a pair of texts, by cross-entropy on a linear layer. */
export function classification(
  transformer: Transformer,
  options: { reading: Reading; classes: number; seed: number },
): Objective {
  const { reading, classes, seed } = options;
  const { width, features } = readingOf(transformer, reading);
  return {
    head: headOf([classes, width], normals(classes * width, seed), Array<number>(classes).fill(0)),
    record(forward, batch, targets) {
      const logits = linearHead(forward, features(forward, batch));
      return {
        predictions: () => logits,
        ...reduced(forward, crossEntropy(forward.tape, logits, targets.labels), targets),
      };
    },
  };
}

/** What the head sees of an example, and how wide that is. @throws ConfigError for a packed pair without a pooler. */
function readingOf(
  transformer: Transformer,
  reading: Reading,
): { readonly width: number; readonly features: (forward: Forward, batch: Batch) => Tensor } {
  const { pooled, width, sentenceWidth, family } = transformer;
  switch (reading) {
    case "single":
      return {
        width: sentenceWidth,
        features: (forward, batch) => forward.dropout(transformer.sentence(forward, batch)),
      };
    case "packed":
      if (!pooled) throw new ConfigError(`${family} has no pooler for packed pairs`, "Choose two towers.");
      return { width, features: (forward, batch) => forward.dropout(pooled.call(transformer, forward, batch)) };
    case "two-towers":
      return {
        width: 2 * sentenceWidth + 1,
        features: (forward, batch) => pairFeatures(forward.tape, transformer.sentence(forward, batch)),
      };
  }
}

/**
 * The next token at every position, by cross-entropy.
 *
 * @throws ConfigError for a model without a language-model head, and for one that has to read a text before it writes.
 */
export function languageModelling(transformer: Transformer): Objective {
  if (transformer.decoderStart !== undefined) {
    throw new ConfigError(
      `${transformer.family} writes what follows from a text that it has read, not what continues it`,
      "Choose a task of prompts and completions, or a decoder such as pd-gpt.",
    );
  }
  return { head: [], record: nextToken(transformer) };
}

/**
 * The tokens of a completion and its end, each from the prompt and the right ones before it, by cross-entropy.
 *
 * @throws ConfigError for a model without a language-model head.
 */
export function completion(transformer: Transformer): Objective {
  const record = nextToken(transformer);
  return {
    head: [],
    record(forward, batch, targets) {
      const outputs = record(forward, batch, targets);
      return { ...outputs, predictions: () => argmaxRows(forward.tape, outputs.logits) };
    },
  };
}

/** Cross-entropy of the token at every position; `logits` are [examples · length, vocabularySize]. */
function nextToken(transformer: Transformer) {
  const { logits: head } = transformer;
  if (!head) throw new ConfigError(`${transformer.family} cannot predict tokens`, "Choose a decoder such as pd-gpt.");
  return (forward: Forward, batch: Batch, targets: Targets) => {
    const scores = head.call(transformer, forward, transformer.hidden(forward, batch));
    const vocabulary = scores.shape.at(-1)!;
    const logits = forward.tape.reshape(scores, [sizeOf(scores.shape) / vocabulary, vocabulary]);
    return { logits, ...reduced(forward, crossEntropy(forward.tape, logits, targets.labels), targets) };
  };
}

function linearHead({ tape, head }: Forward & { readonly head: Weights }, features: Tensor): Tensor {
  return matmul(tape, features, head.get("head.weight")!, { transposeB: true, add: head.get("head.bias")! });
}

function reduced({ tape }: Forward, rowLoss: Tensor, { weights }: Targets): { rowLoss: Tensor; loss: Tensor } {
  return { rowLoss, loss: weightedMean(tape, rowLoss, weights) };
}

function headOf(shape: readonly number[], weight: Float64Array, bias: readonly number[]): HeadParameter[] {
  return [
    { name: "head.weight", shape, initial: weight },
    { name: "head.bias", shape: [bias.length], initial: Float64Array.from(bias) },
  ];
}

function normals(count: number, seed: number): Float64Array {
  const stream = new RandomStream(seed, streams.head);
  return Float64Array.from({ length: count }, () => HEAD_DEVIATION * stream.normal());
}
