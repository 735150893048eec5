import source from "../../../shaders/argmax_rows.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Where each row of a matrix has its largest value; the first place of several. */
export const argmaxRowsKernel = defineKernel({
  name: "argmax_rows",
  reads: ["input"],
  writes: ["out"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "argmax_rows", source: source + flatIndex, invocations: ({ rows }) => rows }],

  reference({ input, out }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      let best = 0;
      for (let col = 1; col < cols; col++) if (input[row * cols + col]! > input[row * cols + best]!) best = col;
      out[row] = best;
    }
  },
});
