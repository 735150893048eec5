import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/normalize_rows.wgsl?raw";
import backwardSource from "../../../shaders/normalize_rows_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Every row to length 1; a row of zeros stays one. */
export const normalizeRowsKernel = defineKernel({
  name: "normalize_rows",
  reads: ["input"],
  writes: ["out"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "normalize_rows", source: source + flatIndex, invocations: ({ rows }) => rows }],
  simd: ({ rows }) => [{ entry: "normalizeRows", units: rows }],

  reference({ input, out }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      const own = input.subarray(row * cols, (row + 1) * cols);
      let squares = 0;
      for (const x of own) squares += x * x;
      const norm = Math.sqrt(squares);
      for (let col = 0; col < cols; col++) out[row * cols + col] = norm === 0 ? 0 : own[col]! / norm;
    }
  },
});

/** Its gradient: what of it lies across the row's direction. */
export const normalizeRowsBackwardKernel = defineKernel({
  name: "normalize_rows_backward",
  reads: ["input", "dOut"],
  writes: ["dInput"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "normalize_rows_backward", source: backwardSource + flatIndex, invocations: ({ rows }) => rows }],
  simd: ({ rows }) => [{ entry: "normalizeRowsBackward", units: rows }],

  reference({ input, dOut, dInput }, { rows, cols }) {
    for (let row = 0; row < rows; row++) {
      let [squares, product] = [0, 0];
      for (let at = row * cols; at < (row + 1) * cols; at++) {
        squares += input[at]! ** 2;
        product += input[at]! * dOut[at]!;
      }
      for (let at = row * cols; at < (row + 1) * cols; at++) {
        dInput[at] = squares === 0 ? 0 : (dOut[at]! - (input[at]! * product) / squares) / Math.sqrt(squares);
      }
    }
  },
});
