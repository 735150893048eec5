import type { ModelConfig } from "../checkpoint/config.ts";
import { ShapeError } from "../errors.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";

/** What a dense layer is for. `qkv` is query, key and value in one matrix, in this order along the outputs. */
export type LayerKind =
  | "query"
  | "key"
  | "value"
  | "qkv"
  | "output"
  | "cross-query"
  | "cross-key"
  | "cross-value"
  | "cross-output"
  | "gate"
  | "up"
  | "down"
  | "residual"
  | "pooler";

/** A dense layer y = W x + b of a model: what adapters attach to. */
export interface LinearLayer {
  /** Block and part, such as "0.query"; "pooler" belongs to no block. */
  readonly id: string;
  /** Name of W in the checkpoint. */
  readonly weight: string;
  /** Name of b in the checkpoint. */
  readonly bias?: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** W is stored as [inFeatures, outFeatures], as GPT-2 does, and not as [outFeatures, inFeatures]. */
  readonly storedInByOut: boolean;
  readonly kind: LayerKind;
  /** It belongs to the decoder of an encoder–decoder, which sentence vectors do not go through. */
  readonly inDecoder?: true;
}

/** A tensor that a model reads. */
export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Computed rather than learnt: in no checkpoint, and trained by no method. */
  readonly constant?: true;
  /** Read by matrix products and row by row alone, which read every format that a checkpoint stores it in. */
  readonly anyFormat?: true;
}

/** Tensors on the device by their name in the checkpoint. */
export type Weights = ReadonlyMap<string, Tensor>;

/** What a model records its forward pass with. */
export interface Forward {
  readonly tape: Tape;
  readonly weights: Weights;
  /** W x + b and whatever an adapter adds. @param input [..., inFeatures] @returns [..., outFeatures], row-major. */
  linear(layer: LinearLayer, input: Tensor): Tensor;
  /** The identity where dropout is off. */
  dropout(x: Tensor): Tensor;
  /** What a block makes of its input, kept for the backward pass or computed again there. */
  block(input: Tensor, compute: (input: Tensor) => Tensor): Tensor;
}

/** Token sequences of one length, padded at the end. */
export interface Batch {
  /** [rows, length] */
  readonly ids: Tensor;
  /** [rows, length]: 1 for a token, 0 for padding. */
  readonly mask: Tensor;
  /** [rows, length]: 0 for the first text of a packed pair, 1 for the second; all 0 when absent. */
  readonly segments?: Tensor;
  /** What the decoder of an encoder–decoder reads, of a length of its own; each token sees those before it. */
  readonly decoder?: { readonly ids: Tensor; readonly mask: Tensor };
  /** What `hidden` gave for this batch without `decoder`, where that is known: the encoder then need not run again. */
  readonly encoded?: Tensor;
}

/** What of a model a task looks at; decides which layers matter. */
export type ModelOutput = "sentence" | "pooled" | "logits";

/** A pretrained transformer: which tensors it has and how it turns tokens into vectors. It holds no values. */
export interface Transformer {
  readonly family: ModelConfig["family"];
  /** Features of a hidden state. */
  readonly width: number;
  /** Features of a sentence vector. */
  readonly sentenceWidth: number;
  /** Tokens. */
  readonly maxLength: number;
  readonly vocabularySize: number;
  /** All dense layers, block by block. */
  readonly layers: readonly LinearLayer[];
  /** Everything that it reads, dense layers included. */
  readonly tensors: readonly ModelTensor[];
  /** Whether the sentence vector, rather than only `pooled`, goes through the layer "pooler". */
  readonly poolsSentences: boolean;
  /**
   * Id of the token that the decoder of an encoder–decoder begins with; absent in all other models. With
   * `batch.decoder`, `hidden` and the second half of `states` are the decoder's, without it there is the encoder alone.
   */
  readonly decoderStart?: number;
  /** Embeddings, then the states after every block [rows, length, width of the block]; the last are `hidden`. */
  states(forward: Forward, batch: Batch): readonly Tensor[];
  /** [rows, length, width] */
  hidden(forward: Forward, batch: Batch): Tensor;
  /** One vector per row [rows, sentenceWidth], from the encoder where there are two sides. */
  sentence(forward: Forward, batch: Batch): Tensor;
  /** What BERT's pooler makes of the first token [rows, width]; absent where there is no such layer. */
  pooled?(forward: Forward, batch: Batch): Tensor;
  /** Scores of every next token [rows, length, vocabularySize] from `hidden`; only in language models. */
  logits?(forward: Forward, hidden: Tensor): Tensor;
}

/**
 * W x + b, without adapters.
 *
 * @param input [..., inFeatures], row-major.
 * @returns [..., outFeatures], row-major.
 */
export function plainLinear(tape: Tape, weights: Weights, layer: LinearLayer, input: Tensor): Tensor {
  const { inFeatures, outFeatures, storedInByOut } = layer;
  const rows = sizeOf(input.shape) / inFeatures;
  const flat = tape.reshape(input, [rows, inFeatures]);
  const out = matmul(tape, flat, tensorOf(weights, layer.weight), {
    transposeB: !storedInByOut,
    ...(layer.bias !== undefined && { add: tensorOf(weights, layer.bias) }),
  });
  return tape.reshape(out, [...input.shape.slice(0, -1), outFeatures]);
}

/** @throws ShapeError when no tensor has that name. */
export function tensorOf(weights: Weights, name: string): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new ShapeError(`the model reads ${name}, which was not given`);
  return tensor;
}

/** A dense layer with a bias whose tensors are `name.weight` and `name.bias`. */
export function denseLayer(
  id: string,
  name: string,
  inFeatures: number,
  outFeatures: number,
  kind: LayerKind,
  storedInByOut = false,
): LinearLayer {
  return { ...plainLayer(id, name, inFeatures, outFeatures, kind), bias: `${name}.bias`, storedInByOut };
}

/** A dense layer without a bias whose only tensor is `name.weight`, [outFeatures, inFeatures]. */
export function plainLayer(
  id: string,
  name: string,
  inFeatures: number,
  outFeatures: number,
  kind: LayerKind,
): LinearLayer {
  return { id, weight: `${name}.weight`, inFeatures, outFeatures, storedInByOut: false, kind };
}

/** A matrix of a dense layer, or a table of words. */
export function matrixTensor(name: string, rows: number, cols: number): ModelTensor {
  return { name, shape: [rows, cols], anyFormat: true };
}

/** The tensors of a dense layer. */
export function layerTensors({ weight, bias, inFeatures, outFeatures, storedInByOut }: LinearLayer): ModelTensor[] {
  const [rows, cols] = storedInByOut ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
  return [matrixTensor(weight, rows, cols), ...(bias === undefined ? [] : [{ name: bias, shape: [outFeatures] }])];
}

/** The tensors of a layer normalisation. */
export function normTensors(name: string, width: number): ModelTensor[] {
  return [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
}
