import { ConfigError } from "../errors.ts";
import type { Batch, Forward, Transformer, Weights } from "../model/transformer.ts";
import { argmaxRows } from "../ops/argmaxRows.ts";
import { crossEntropy } from "../ops/crossEntropy.ts";
import { matmul } from "../ops/matmul.ts";
import { pairFeatures } from "../ops/pairFeatures.ts";
import { squaredError } from "../ops/squaredError.ts";
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
 * A score for a pair of texts, by squared error. As two towers the sentence vectors u, v meet only in the head,
 * through [u⊙v, |u−v|, cos(u, v)]; as a packed pair they attend to each other and the pooler's output is scored.
 *
 * @param meanLabel where predictions start; with two towers the cosine is spread over half of `range` around it, so
 *   that step 0 shows what the pretrained model knows without training.
 */
export function regression(
  transformer: Transformer,
  options: { pairing: "two-towers" | "packed"; meanLabel: number; range: number; seed: number },
): Objective {
  const { pairing, meanLabel, range, seed } = options;
  if (pairing === "packed") {
    if (!transformer.pooled)
      throw new ConfigError(`${transformer.family} has no pooler for packed pairs`, "Choose two towers.");
    const weight = normals(transformer.width, seed);
    return {
      head: headOf([1, transformer.width], weight, [meanLabel]),
      record(forward, batch, targets) {
        const features = forward.dropout(transformer.pooled!(forward, batch));
        return scored(forward, features, targets);
      },
    };
  }
  const width = 2 * transformer.sentenceWidth + 1;
  const weight = new Float64Array(width);
  weight[width - 1] = range / 2;
  return {
    head: headOf([1, width], weight, [meanLabel - range / 4]),
    record(forward, batch, targets) {
      const features = pairFeatures(forward.tape, transformer.sentence(forward, batch));
      return scored(forward, features, targets);
    },
  };
}

/** One of a few classes for a text, by cross-entropy on a linear layer over the sentence vector. */
export function classification(transformer: Transformer, options: { classes: number; seed: number }): Objective {
  const { classes, seed } = options;
  const width = transformer.sentenceWidth;
  return {
    head: headOf([classes, width], normals(classes * width, seed), Array<number>(classes).fill(0)),
    record(forward, batch, targets) {
      const logits = linearHead(forward, forward.dropout(transformer.sentence(forward, batch)));
      return {
        predictions: () => logits,
        ...reduced(forward, crossEntropy(forward.tape, logits, targets.labels), targets),
      };
    },
  };
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

function scored(forward: Forward & { readonly head: Weights }, features: Tensor, targets: Targets): Outputs {
  const scores = linearHead(forward, features);
  return {
    predictions: () => scores,
    ...reduced(forward, squaredError(forward.tape, scores, targets.labels), targets),
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
