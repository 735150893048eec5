import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/rms_norm.wgsl?raw";
import backwardSource from "../../../shaders/rms_norm_backward.wgsl?raw";
import scaleSource from "../../../shaders/rms_norm_scale_backward.wgsl?raw";
import { columnUnits, defineKernel, rowVariants } from "./kernel.ts";

/** Root mean square normalisation (Zhang and Sennrich, 2019): each row to a mean square of 1, then scaled by column. */
export const rmsNormKernel = defineKernel({
  name: "rms_norm",
  reads: ["input", "scale"],
  writes: ["out", "inverse"],
  precise: ["inverse"],
  params: { rows: "u32", cols: "u32", epsilon: "f32" },
  variants: rowVariants("rms_norm", source),
  simd: ({ rows }) => [{ entry: "rmsNorm", units: rows }],

  reference({ input, scale, out, inverse }, { rows, cols, epsilon }) {
    for (let row = 0; row < rows; row++) {
      const own = input.subarray(row * cols, (row + 1) * cols);
      let square = 0;
      for (const x of own) square += x ** 2 / cols;
      const factor = 1 / Math.sqrt(square + epsilon);
      for (let col = 0; col < cols; col++) out[row * cols + col] = own[col]! * factor * scale[col]!;
      inverse[row] = factor;
    }
  },
});

/** Its gradient with respect to the input, and what else that has: `sum`, or with a step of 0 its one element. */
export const rmsNormBackwardKernel = defineKernel({
  name: "rms_norm_backward",
  reads: ["input", "scale", "inverse", "dOut", "sum"],
  writes: ["dInput"],
  params: { rows: "u32", cols: "u32", sumStep: "u32" },
  variants: rowVariants("rms_norm_backward", backwardSource),
  simd: ({ rows }) => [{ entry: "rmsNormBackward", units: rows }],

  reference({ input, scale, inverse, dOut, sum, dInput }, { rows, cols, sumStep }) {
    for (let row = 0; row < rows; row++) {
      const factor = inverse[row]!;
      let product = 0;
      for (let col = 0; col < cols; col++) {
        const at = row * cols + col;
        product += (dOut[at]! * scale[col]! * input[at]! * factor) / cols;
      }
      for (let col = 0; col < cols; col++) {
        const at = row * cols + col;
        dInput[at] = factor * (dOut[at]! * scale[col]! - input[at]! * factor * product) + sum[at * sumStep]!;
      }
    }
  },
});

/** Its gradient with respect to the scale. */
export const rmsNormScaleBackwardKernel = defineKernel({
  name: "rms_norm_scale_backward",
  reads: ["input", "inverse", "dOut"],
  writes: ["dScale"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "rms_norm_scale_backward", source: scaleSource + flatIndex, invocations: ({ cols }) => cols }],
  simd: ({ cols }) => [{ entry: "rmsNormScaleBackward", units: columnUnits(cols) }],

  reference({ input, inverse, dOut, dScale }, { rows, cols }) {
    for (let col = 0; col < cols; col++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += dOut[row * cols + col]! * input[row * cols + col]! * inverse[row]!;
      dScale[col] = sum;
    }
  },
});
