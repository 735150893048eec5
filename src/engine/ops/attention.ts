import { ShapeError } from "../errors.ts";
import { attentionSoftmaxKernel, softmaxBackwardKernel } from "../kernels/attentionSoftmax.ts";
import { contiguous } from "./contiguous.ts";
import { rowMajorOf } from "./layout.ts";
import { matmul } from "./matmul.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

export interface AttentionInputs {
  /** [rows, heads, length, headWidth], each placed by any strides. */
  readonly query: Tensor;
  /** As many heads as `query`, or a divisor of it: then each serves that many query heads in a row. */
  readonly key: Tensor;
  readonly value: Tensor;
  /** [rows, length]: 1 for a token, 0 for padding. */
  readonly mask: Tensor;
  /** Whether a token sees only itself and what is before it. */
  readonly causal: boolean;
  /** Multiplies the scores; usually 1 / √headWidth. */
  readonly scale: number;
}

/**
 * Scaled dot-product attention (Vaswani et al., 2017, arXiv:1706.03762, equation 1) over several heads, composed of
 * strided products, so that splitting and joining heads moves no data.
 *
 * Where several query heads share a key and a value (grouped queries: Ainslie et al., 2023, arXiv:2305.13245), they
 * are taken as one head of so many times the queries: no key or value is repeated, and their gradients sum themselves.
 *
 * @returns [rows, length, heads · headWidth], row-major. A token that may see nothing gets zeros.
 * @throws ShapeError when the inputs do not go together.
 */
export function attention(tape: Tape, inputs: AttentionInputs): Tensor {
  const { query, key, value, mask, causal, scale } = inputs;
  const [rows, heads, length, headWidth] = query.shape as [number, number, number, number];
  const groups = heads / key.shape[1]!;
  const shape = [rows, heads / groups, length, headWidth].join();
  if (
    query.shape.length !== 4 ||
    !Number.isInteger(groups) ||
    key.shape.join() !== shape ||
    value.shape.join() !== shape ||
    mask.shape.join() !== `${rows},${length}`
  ) {
    throw new ShapeError(
      `attention: query [${query.shape}], key [${key.shape}], value [${value.shape}] and mask [${mask.shape}] differ`,
    );
  }
  const width = heads * headWidth;
  if (groups === 1) {
    const scores = matmul(tape, query, key, { transposeB: true, scale });
    const shares = attentionSoftmax(tape, scores, mask, causal);
    const joined = matmul(tape, shares, value, { strides: [length * width, headWidth, width, 1] });
    return tape.view(joined, { shape: [rows, length, width] });
  }
  const grouped = (x: Tensor) => tape.reshape(x, [rows, heads / groups, groups * length, x.shape[3]!]);
  const scores = matmul(tape, grouped(contiguous(tape, query)), key, { transposeB: true, scale });
  const shares = attentionSoftmax(tape, tape.reshape(scores, [rows, heads, length, length]), mask, causal);
  const mixed = matmul(tape, grouped(shares), value);
  const joined = tape.view(mixed, {
    shape: [rows, length, heads, headWidth],
    strides: [length * width, headWidth, length * headWidth, 1],
  });
  return tape.reshape(contiguous(tape, joined), [rows, length, width]);
}

/** Softmax over the last axis, masked. @param scores [rows, heads, length, length]. @param mask [rows, length]. */
function attentionSoftmax(tape: Tape, scores: Tensor, mask: Tensor, causal: boolean): Tensor {
  const [rows, heads, length] = scores.shape as [number, number, number];
  const out = tape.tensor(`shares of ${scores.name}`, scores.shape);
  tape.dispatch(attentionSoftmaxKernel, {
    tensors: { scores, mask, out },
    params: { rows, heads, length },
    flags: { causal },
  });
  tape.record(out, [
    [
      scores,
      (grad) => {
        const dScores = tape.tensor(`d ${scores.name}`, scores.shape);
        const params = { rows: sizeOf(scores.shape) / length, cols: length };
        tape.dispatch(softmaxBackwardKernel, { tensors: { p: out, dOut: rowMajorOf(tape, grad), dScores }, params });
        return dScores;
      },
    ],
  ]);
  return out;
}
