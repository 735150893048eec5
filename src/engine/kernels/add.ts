import source from "../../../shaders/add.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** out = a + b, element by element. */
export const addKernel = defineKernel({
  name: "add",
  reads: ["a", "b"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "add", source: source + flatIndex, invocations: ({ length }) => Math.ceil(length / 4) }],
  simd: ({ length }) => [{ entry: "add", units: flatUnits(length) }],

  reference({ a, b, out }, { length }) {
    for (let i = 0; i < length; i++) out[i] = a[i]! + b[i]!;
  },
});
