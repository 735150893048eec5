import source from "../../../shaders/accumulate.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** Adds what one micro-batch of a step has come to, times its share, to the sum; the first micro-batch begins it. */
export const accumulateKernel = defineKernel({
  name: "accumulate",
  reads: ["part", "stepScalars"],
  updates: ["sum"],
  writes: [],
  params: { length: "u32" },
  variants: [{ entry: "accumulate", source: source + flatIndex, invocations: ({ length }) => Math.ceil(length / 4) }],
  simd: ({ length }) => [{ entry: "accumulate", units: flatUnits(length) }],

  reference({ part, stepScalars, sum }, { length }) {
    for (let i = 0; i < length; i++)
      sum[i] = (stepScalars[slots.microBatch] === 0 ? 0 : sum[i]!) + stepScalars[slots.share]! * part[i]!;
  },
});
