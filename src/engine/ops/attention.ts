import { ShapeError } from "../errors.ts";
import { attentionSoftmaxKernel, softmaxBackwardKernel } from "../kernels/attentionSoftmax.ts";
import { attentionVariantOf } from "../kernels/matmulVariants.ts";
import type { AttentionInputs } from "./attentionInputs.ts";
import { contiguous } from "./contiguous.ts";
import { canFuse, fusedAttention } from "./fusedAttention.ts";
import { rowMajorOf } from "./layout.ts";
import { matmul } from "./matmul.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Scaled dot-product attention (Vaswani et al., 2017, arXiv:1706.03762, equation 1) over several heads, fused into one
 * kernel where the device's choice of kernels says so and the inputs allow it (see `fusedAttention`), else composed of strided
 * products.
 *
 * @returns [rows, queries, heads · headWidth], row-major. A token that may see nothing gets zeros.
 * @throws ShapeError when the inputs do not go together.
 */
export function attention(tape: Tape, inputs: AttentionInputs): Tensor {
  const { query, key, value, mask, bias } = inputs;
  const [rows, heads, queries, headWidth] = query.shape as [number, number, number, number];
  const [, keyHeads, keys] = key.shape as [number, number, number];
  const shape = [rows, keyHeads, keys, headWidth].join();
  if (
    query.shape.length !== 4 ||
    !Number.isInteger(heads / keyHeads) ||
    key.shape.join() !== shape ||
    value.shape.join() !== shape ||
    mask.shape.join() !== `${rows},${keys}`
  ) {
    throw new ShapeError(
      `attention: query [${query.shape}], key [${key.shape}], value [${value.shape}] and mask [${mask.shape}] differ`,
    );
  }
  if (bias && bias.shape.join() !== `${heads},${queries},${keys}`) {
    throw new ShapeError(`attention: ${bias.name} [${bias.shape}] is not [${heads},${queries},${keys}]`);
  }
  const isFused = attentionVariantOf(tape.device) === "fused" && canFuse(inputs);
  return isFused ? fusedAttention(tape, inputs) : composedAttention(tape, inputs);
}

/**
 * Attention as products and a softmax between them. Operands are strided, so that splitting and joining heads moves no
 * data.
 *
 * Where several query heads share a key and a value (grouped queries: Ainslie et al., 2023, arXiv:2305.13245), they
 * are taken as one head of so many times the queries: no key or value is repeated, and their gradients sum themselves.
 */
function composedAttention(tape: Tape, inputs: AttentionInputs): Tensor {
  const { query, key, value, mask, causal, scale, bias } = inputs;
  const [rows, heads, queries, headWidth] = query.shape as [number, number, number, number];
  const [, keyHeads, keys] = key.shape as [number, number, number];
  const groups = heads / keyHeads;
  const width = heads * headWidth;
  if (groups === 1) {
    const scores = matmul(tape, query, key, { transposeB: true, scale, ...(bias && { add: bias }) });
    const shares = attentionSoftmax(tape, scores, mask, causal);
    const joined = matmul(tape, shares, value, { strides: [queries * width, headWidth, width, 1] });
    return tape.view(joined, { shape: [rows, queries, width] });
  }
  const grouped = (x: Tensor) => {
    const leading = x.shape.length === 4 ? [rows] : [];
    return tape.reshape(x, [...leading, keyHeads, groups * queries, x.shape.at(-1)!]);
  };
  const scores = matmul(tape, grouped(contiguous(tape, query)), key, {
    transposeB: true,
    scale,
    ...(bias && { add: grouped(bias) }),
  });
  const shares = attentionSoftmax(tape, tape.reshape(scores, [rows, heads, queries, keys]), mask, causal);
  const mixed = matmul(tape, grouped(shares), value);
  const joined = tape.view(mixed, {
    shape: [rows, queries, heads, headWidth],
    strides: [queries * width, headWidth, queries * headWidth, 1],
  });
  return tape.reshape(contiguous(tape, joined), [rows, queries, width]);
}

/** Softmax over the last axis, masked. @param scores [rows, heads, queries, keys]. @param mask [rows, keys]. */
function attentionSoftmax(tape: Tape, scores: Tensor, mask: Tensor, causal: boolean): Tensor {
  const [rows, heads, queries, keys] = scores.shape as [number, number, number, number];
  const out = tape.tensor(`shares of ${scores.name}`, scores.shape);
  tape.dispatch(attentionSoftmaxKernel, {
    tensors: { scores, mask, out },
    params: { rows, heads, queries, keys },
    flags: { causal },
  });
  tape.record(out, [
    [
      scores,
      (grad) => {
        const dScores = tape.tensor(`d ${scores.name}`, scores.shape);
        const params = { rows: sizeOf(scores.shape) / keys, cols: keys };
        tape.dispatch(softmaxBackwardKernel, { tensors: { p: out, dOut: rowMajorOf(tape, grad), dScores }, params });
        return dScores;
      },
    ],
  ]);
  return out;
}
