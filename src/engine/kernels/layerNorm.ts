import source from "../../../shaders/layer_norm.wgsl?raw";
import backwardSource from "../../../shaders/layer_norm_backward.wgsl?raw";
import scaleSource from "../../../shaders/layer_norm_scale_backward.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { columnUnits, defineKernel, rowVariants } from "./kernel.ts";

/** Layer normalisation (Ba et al., 2016): each row to mean 0 and variance 1, then scaled and shifted by column. */
export const layerNormKernel = defineKernel({
  name: "layer_norm",
  reads: ["input", "scale", "bias"],
  writes: ["out", "statistics"],
  precise: ["statistics"],
  params: { rows: "u32", cols: "u32", epsilon: "f32" },
  variants: rowVariants("layer_norm", source),
  simd: ({ rows }) => [{ entry: "layerNorm", units: rows }],

  reference({ input, scale, bias, out, statistics }, { rows, cols, epsilon }) {
    for (let row = 0; row < rows; row++) {
      const own = input.subarray(row * cols, (row + 1) * cols);
      let mean = 0;
      for (let col = 0; col < cols; col++) mean += own[col]! / cols;
      let variance = 0;
      for (let col = 0; col < cols; col++) variance += (own[col]! - mean) ** 2 / cols;
      const inverse = 1 / Math.sqrt(variance + epsilon);
      for (let col = 0; col < cols; col++)
        out[row * cols + col] = (own[col]! - mean) * inverse * scale[col]! + bias[col]!;
      statistics.set([mean, inverse], 2 * row);
    }
  },
});

/** Its gradient with respect to the input, and what else that has: `sum`, or with a step of 0 its one element. */
export const layerNormBackwardKernel = defineKernel({
  name: "layer_norm_backward",
  reads: ["input", "scale", "statistics", "dOut", "sum"],
  writes: ["dInput"],
  params: { rows: "u32", cols: "u32", sumStep: "u32" },
  variants: rowVariants("layer_norm_backward", backwardSource),
  simd: ({ rows }) => [{ entry: "layerNormBackward", units: rows }],

  reference({ input, scale, statistics, dOut, sum, dInput }, { rows, cols, sumStep }) {
    for (let row = 0; row < rows; row++) {
      const [mean, inverse] = [statistics[2 * row]!, statistics[2 * row + 1]!];
      let [total, product] = [0, 0];
      for (let col = 0; col < cols; col++) {
        const at = row * cols + col;
        total += (dOut[at]! * scale[col]!) / cols;
        product += (dOut[at]! * scale[col]! * (input[at]! - mean) * inverse) / cols;
      }
      for (let col = 0; col < cols; col++) {
        const at = row * cols + col;
        const own = inverse * (dOut[at]! * scale[col]! - total - (input[at]! - mean) * inverse * product);
        dInput[at] = own + sum[at * sumStep]!;
      }
    }
  },
});

/** Its gradient with respect to the scale. */
export const layerNormScaleBackwardKernel = defineKernel({
  name: "layer_norm_scale_backward",
  reads: ["input", "statistics", "dOut"],
  writes: ["dScale"],
  params: { rows: "u32", cols: "u32" },
  variants: [{ entry: "layer_norm_scale_backward", source: scaleSource + flatIndex, invocations: ({ cols }) => cols }],
  simd: ({ cols }) => [{ entry: "layerNormScaleBackward", units: columnUnits(cols) }],

  reference({ input, statistics, dOut, dScale }, { rows, cols }) {
    for (let col = 0; col < cols; col++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        sum += dOut[row * cols + col]! * (input[row * cols + col]! - statistics[2 * row]!) * statistics[2 * row + 1]!;
      }
      dScale[col] = sum;
    }
  },
});
