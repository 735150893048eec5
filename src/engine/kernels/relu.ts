import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/relu.wgsl?raw";
import backwardSource from "../../../shaders/relu_backward.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Rectified linear unit. */
export const reluKernel = defineKernel({
  name: "relu",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "relu", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "relu", units: flatUnits(length) }],

  reference({ input, out }, { length }) {
    for (let i = 0; i < length; i++) out[i] = Math.max(0, input[i]!);
  },
});

/** Its gradient. */
export const reluBackwardKernel = defineKernel({
  name: "relu_backward",
  reads: ["input", "dOut"],
  writes: ["dInput"],
  params: { length: "u32" },
  variants: [{ entry: "relu_backward", source: backwardSource + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "reluBackward", units: flatUnits(length) }],

  reference({ input, dOut, dInput }, { length }) {
    for (let i = 0; i < length; i++) dInput[i] = input[i]! > 0 ? dOut[i]! : 0;
  },
});
