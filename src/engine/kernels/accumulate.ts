import source from "../../../shaders/accumulate.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Adds what one pass of a step has come to, times its share, to the sum; the first pass begins it. */
export const accumulateKernel = defineKernel({
  name: "accumulate",
  reads: ["part", "clock"],
  updates: ["sum"],
  writes: [],
  params: { length: "u32" },
  variants: [{ entry: "accumulate", source: source + flatIndex, invocations: ({ length }) => Math.ceil(length / 4) }],

  reference({ part, clock, sum }, { length }) {
    for (let i = 0; i < length; i++) sum[i] = (clock[6] === 0 ? 0 : sum[i]!) + clock[7]! * part[i]!;
  },
});
