import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/sum_rows.wgsl?raw";
import { columnUnits, defineKernel } from "./kernel.ts";

/** Column sums of a matrix: the gradient of what was added to every row. */
export const sumRowsKernel = defineKernel({
  name: "sum_rows",
  reads: ["input"],
  writes: ["out"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "sum_rows", source: source + flatIndex, invocations: ({ cols }) => cols }],
  simd: ({ cols }) => [{ entry: "sumRows", units: columnUnits(cols) }],

  reference({ input, out }, { rows, cols }) {
    for (let col = 0; col < cols; col++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += input[row * cols + col]!;
      out[col] = sum;
    }
  },
});
