import source from "../../../shaders/inverse_norms.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** One over the length of every row; 0 for a row of zeros. */
export const inverseNormsKernel = defineKernel({
  name: "inverse_norms",
  reads: ["input"],
  writes: ["out"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "inverse_norms", source: source + flatIndex, invocations: ({ rows }) => rows }],
  simd: ({ rows }) => [{ entry: "inverseNorms", units: rows }],

  reference({ input, out }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let at = row * cols; at < (row + 1) * cols; at++) squares += input[at]! ** 2;
      out[row] = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    }
  },
});
