import source from "../../../shaders/attention_softmax.wgsl?raw";
import backwardSource from "../../../shaders/softmax_backward.wgsl?raw";
import { defineKernel, rowVariants } from "./kernel.ts";

interface Size {
  readonly rows: number;
  readonly heads: number;
  readonly queries: number;
}

/** Softmax of attention scores over the keys that are no padding and, if causal, not ahead of the query. */
export const attentionSoftmaxKernel = defineKernel({
  name: "attention_softmax",
  reads: ["scores", "mask"],
  writes: ["out"],
  params: { rows: "u32", heads: "u32", queries: "u32", keys: "u32" },
  flags: ["causal"],
  variants: rowVariants("attention_softmax", source, (p: Size) => p.rows * p.heads * p.queries),
  simd: ({ rows, heads, queries }) => [{ entry: "attentionSoftmax", units: rows * heads * queries }],

  reference({ scores, mask, out }, { rows, heads, queries, keys }, { causal }) {
    for (let query = 0; query < rows * heads * queries; query++) {
      const row = Math.floor(query / (heads * queries));
      const last = causal ? Math.min(keys - 1, query % queries) : keys - 1;
      const first = query * keys;
      let largest = Number.NEGATIVE_INFINITY;
      for (let key = 0; key <= last; key++) {
        if (mask[row * keys + key] !== 0) largest = Math.max(largest, scores[first + key]!);
      }
      let sum = 0;
      for (let key = 0; key <= last; key++) {
        if (mask[row * keys + key] !== 0) sum += Math.exp(scores[first + key]! - largest);
      }
      for (let key = 0; key < keys; key++) {
        const isSeen = key <= last && mask[row * keys + key] !== 0;
        out[first + key] = isSeen ? Math.exp(scores[first + key]! - largest) / sum : 0;
      }
    }
  },
});

/** Gradient of any softmax over rows, from its result. */
export const softmaxBackwardKernel = defineKernel({
  name: "softmax_backward",
  reads: ["p", "dOut"],
  writes: ["dScores"],
  params: { rows: "u32", cols: "u32" },
  variants: rowVariants("softmax_backward", backwardSource),
  simd: ({ rows }) => [{ entry: "softmaxBackward", units: rows }],

  reference({ p, dOut, dScores }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      let product = 0;
      for (let at = row * cols; at < (row + 1) * cols; at++) product += p[at]! * dOut[at]!;
      for (let at = row * cols; at < (row + 1) * cols; at++) dScores[at] = p[at]! * (dOut[at]! - product);
    }
  },
});
