import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/scaled.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** out = input ⊙ scales + shifts for stacks of matrices, each operand placed by strides; a stride of 0 repeats it. */
export const scaledKernel = defineKernel({
  name: "scaled",
  reads: ["input", "scales", "shifts"],
  writes: ["out"],
  params: {
    rows: "u32",
    cols: "u32",
    length: "u32",
    inputOffset: "u32",
    inputOuter: "u32",
    inputRow: "u32",
    inputCol: "u32",
    scalesOffset: "u32",
    scalesOuter: "u32",
    scalesRow: "u32",
    scalesCol: "u32",
    shiftsOffset: "u32",
    shiftsOuter: "u32",
    shiftsRow: "u32",
    shiftsCol: "u32",
  },
  variants: [{ entry: "scaled", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ cols, length }) => [{ entry: "scaled", units: length / cols }],

  reference({ input, scales, shifts, out }, params) {
    const { rows, cols, length } = params;
    for (let i = 0; i < length; i++) {
      const col = i % cols;
      const row = Math.floor(i / cols) % rows;
      const outer = Math.floor(i / (cols * rows));
      const { inputOffset, inputOuter, inputRow, inputCol } = params;
      const { scalesOffset, scalesOuter, scalesRow, scalesCol } = params;
      const { shiftsOffset, shiftsOuter, shiftsRow, shiftsCol } = params;
      out[i] =
        input[inputOffset + outer * inputOuter + row * inputRow + col * inputCol]! *
          scales[scalesOffset + outer * scalesOuter + row * scalesRow + col * scalesCol]! +
        shifts[shiftsOffset + outer * shiftsOuter + row * shiftsRow + col * shiftsCol]!;
    }
  },
});
