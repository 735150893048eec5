import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/subtract.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** out = a − b, element by element. */
export const subtractKernel = defineKernel({
  name: "subtract",
  reads: ["a", "b"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "subtract", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "subtract", units: flatUnits(length) }],

  reference({ a, b, out }, { length }) {
    for (let i = 0; i < length; i++) out[i] = a[i]! - b[i]!;
  },
});
