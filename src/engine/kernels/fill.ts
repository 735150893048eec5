import source from "../../../shaders/fill.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Sets every element to one value. */
export const fillKernel = defineKernel({
  name: "fill",
  reads: [],
  writes: ["out"],
  params: { length: "u32", value: "f32" },
  variants: [{ entry: "fill", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "fill", units: flatUnits(length) }],

  reference({ out }, { length, value }) {
    out.fill(value, 0, length);
  },
});
