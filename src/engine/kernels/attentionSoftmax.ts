import source from "../../../shaders/attention_softmax.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import backwardSource from "../../../shaders/softmax_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Softmax of attention scores over the keys that are no padding and, if causal, not ahead. */
export const attentionSoftmaxKernel = defineKernel({
  name: "attention_softmax",
  reads: ["scores", "mask"],
  writes: ["out"],
  params: { rows: "u32", heads: "u32", length: "u32" },
  flags: ["causal"],
  variants: [
    {
      entry: "attention_softmax",
      source: source + flatIndex,
      invocations: ({ rows, heads, length }) => rows * heads * length,
    },
  ],

  reference({ scores, mask, out }, { rows, heads, length }, { causal }) {
    for (let query = 0; query < rows * heads * length; query++) {
      const row = Math.floor(query / (heads * length));
      const isSeen = (key: number) => mask[row * length + key] !== 0 && (!causal || key <= query % length);
      const keys = Array.from({ length }, (_, key) => key).filter(isSeen);
      const largest = Math.max(...keys.map((key) => scores[query * length + key]!));
      const sum = keys.reduce((total, key) => total + Math.exp(scores[query * length + key]! - largest), 0);
      out.fill(0, query * length, (query + 1) * length);
      for (const key of keys) out[query * length + key] = Math.exp(scores[query * length + key]! - largest) / sum;
    }
  },
});

/** Gradient of any softmax over rows, from its result. */
export const softmaxBackwardKernel = defineKernel({
  name: "softmax_backward",
  reads: ["p", "dOut"],
  writes: ["dScores"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "softmax_backward", source: backwardSource + flatIndex, invocations: ({ rows }) => rows }],

  reference({ p, dOut, dScores }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      let product = 0;
      for (let at = row * cols; at < (row + 1) * cols; at++) product += p[at]! * dOut[at]!;
      for (let at = row * cols; at < (row + 1) * cols; at++) dScores[at] = p[at]! * (dOut[at]! - product);
    }
  },
});
