import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import backwardSource from "../../../shaders/tanh_backward.wgsl?raw";
import source from "../../../shaders/tanh_forward.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Hyperbolic tangent. */
export const tanhKernel = defineKernel({
  name: "tanh_forward",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "tanh_forward", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "tanhForward", units: flatUnits(length) }],

  reference({ input, out }, { length }) {
    for (let i = 0; i < length; i++) out[i] = Math.tanh(input[i]!);
  },
});

/** Its gradient by its result. */
export const tanhBackwardKernel = defineKernel({
  name: "tanh_backward",
  reads: ["out", "dOut"],
  writes: ["dInput"],
  params: { length: "u32" },
  variants: [{ entry: "tanh_backward", source: backwardSource + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "tanhBackward", units: flatUnits(length) }],

  reference({ out, dOut, dInput }, { length }) {
    for (let i = 0; i < length; i++) dInput[i] = dOut[i]! * (1 - out[i]! ** 2);
  },
});
