import type { Activation, ModelConfig, Pooling } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import { firstToken } from "../ops/firstToken.ts";
import { gelu } from "../ops/gelu.ts";
import { lastToken } from "../ops/lastToken.ts";
import { layerNorm } from "../ops/layerNorm.ts";
import { matmul } from "../ops/matmul.ts";
import { maxPool } from "../ops/maxPool.ts";
import { meanPool } from "../ops/meanPool.ts";
import { relu } from "../ops/relu.ts";
import { sideBySide } from "../ops/sideBySide.ts";
import { sumRows } from "../ops/sumRows.ts";
import type { Tape } from "../ops/tape.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";
import { type Batch, type Forward, tensorOf } from "./transformer.ts";

/** Layer normalisation. @param name what stands before `.weight` and `.bias` in the checkpoint. */
export function norm({ tape, weights }: Forward, name: string, x: Tensor, epsilon: number): Tensor {
  return layerNorm(tape, x, tensorOf(weights, `${name}.weight`), tensorOf(weights, `${name}.bias`), epsilon);
}

/** What stands between the two layers of a perceptron. */
export function activate(tape: Tape, activation: Activation, x: Tensor): Tensor {
  return activation === "relu" ? relu(tape, x) : gelu(tape, x, { tanh: activation === "gelu-tanh" });
}

/**
 * Adds the same part everywhere: positions [length, width] to every row of a batch, or one vector [width] to every token.
 *
 * @param x [rows, length, width]
 * @param part of x's last axes.
 */
export function addRepeated(tape: Tape, x: Tensor, part: Tensor): Tensor {
  const size = sizeOf(part.shape);
  const leading = x.shape.length - part.shape.length;
  const repeated = tape.tensor(part.name, x.shape);
  tape.copy({ ...part, shape: x.shape, strides: [...Array<number>(leading).fill(0), ...part.strides] }, repeated);
  tape.record(repeated, [
    [part, (grad) => tape.reshape(sumRows(tape, tape.reshape(grad, [sizeOf(x.shape) / size, size])), part.shape)],
  ]);
  return add(tape, x, repeated);
}

/** Rows of a table of positions [positions, width], from row `first` on. @returns a view [length, width]. */
export function positions(tape: Tape, table: Tensor, length: number, first = 0): Tensor {
  const width = table.shape[1]!;
  return tape.view(table, { shape: [length, width], offset: first * width });
}

/**
 * Softmax(q·kᵀ/√headWidth)·v for every head, over the tokens that `batch.mask` leaves (Vaswani et al., 2017, arXiv 1706.03762).
 *
 * @param parts query, key and value, each where it lies in a tensor [rows, length, stride]: `offset` features from the
 *   start of every token, `width` of them.
 * @returns [rows, length, width]
 */
export function attend(
  tape: Tape,
  batch: Batch,
  parts: Readonly<Record<"query" | "key" | "value", { readonly from: Tensor; readonly offset: number }>>,
  options: { readonly width: number; readonly heads: number; readonly causal: boolean },
): Tensor {
  const { width, heads, causal } = options;
  const [rows, length] = batch.mask.shape as [number, number];
  const headWidth = width / heads;
  const view = ({ from, offset }: { from: Tensor; offset: number }) => {
    const stride = from.shape.at(-1)!;
    return tape.view(from, {
      shape: [rows, heads, length, headWidth],
      strides: [length * stride, headWidth, stride, 1],
      offset,
    });
  };
  return attention(tape, {
    query: view(parts.query),
    key: view(parts.key),
    value: view(parts.value),
    mask: batch.mask,
    causal,
    scale: 1 / Math.sqrt(headWidth),
  });
}

/**
 * A score of every token of the vocabulary, by its likeness to a row of a table.
 *
 * @param x [..., width] @param table the table's name: [vocabularySize, width]. @param scale multiplies the scores.
 * @returns [..., vocabularySize]
 */
export function tokenScores({ tape, weights }: Forward, x: Tensor, table: string, scale = 1): Tensor {
  const rows = tensorOf(weights, table);
  const [vocabularySize, width] = rows.shape as [number, number];
  const flat = tape.reshape(x, [sizeOf(x.shape) / width, width]);
  const scores = matmul(tape, flat, rows, { transposeB: true, scale });
  return tape.reshape(scores, [...x.shape.slice(0, -1), vocabularySize]);
}

/** Query, key and value side by side in one tensor [rows, length, 3 · width]. */
export function fused(from: Tensor, width: number) {
  return { query: { from, offset: 0 }, key: { from, offset: width }, value: { from, offset: 2 * width } };
}

const poolings: Readonly<Record<Pooling, (tape: Tape, hidden: Tensor, mask: Tensor) => Tensor>> = {
  cls: (tape, hidden) => firstToken(tape, hidden),
  max: maxPool,
  mean: meanPool,
  lasttoken: lastToken,
};

/**
 * How a model makes one vector of a row's tokens: by their mean, or as its config says, several ways side by side.
 *
 * @returns the width of a vector, and what makes it of hidden states [rows, length, width].
 */
export function sentenceVectors({ pooling = ["mean"], width }: Pick<ModelConfig, "pooling" | "width">) {
  return {
    sentenceWidth: pooling.length * width,
    pooled: ({ tape }: Forward, hidden: Tensor, mask: Tensor): Tensor =>
      sideBySide(
        tape,
        pooling.map((way) => poolings[way](tape, hidden, mask)),
      ),
  };
}
