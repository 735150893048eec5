import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import meanSource from "../../../shaders/mean_of_sums.wgsl?raw";
import backwardSource from "../../../shaders/mean_of_sums_backward.wgsl?raw";
import partialSource from "../../../shaders/weighted_sums_partial.wgsl?raw";
import { defineKernel, flatUnits, shaderConstant } from "./kernel.ts";

/** Stretches that a weighted sum is cut into. */
export const WEIGHTED_PARTS = shaderConstant(partialSource, "PARTS");

/** Weighted sums of equal stretches, and the sums of their weights. */
export const weightedSumsPartialKernel = defineKernel({
  name: "weighted_sums_partial",
  reads: ["values", "weights"],
  writes: ["sums", "totals"],
  params: { length: "u32" },
  variants: [{ entry: "weighted_sums_partial", source: partialSource + flatIndex, invocations: () => WEIGHTED_PARTS }],
  simd: () => [{ entry: "weightedSumsPartial", units: WEIGHTED_PARTS }],

  reference({ values, weights, sums, totals }, { length }) {
    const stretch = Math.ceil(length / WEIGHTED_PARTS);
    for (let part = 0; part < WEIGHTED_PARTS; part++) {
      let sum = 0;
      let total = 0;
      for (let i = part * stretch; i < Math.min((part + 1) * stretch, length); i++) {
        if (weights[i] === 0) continue;
        sum += values[i]! * weights[i]!;
        total += weights[i]!;
      }
      sums[part] = sum;
      totals[part] = total;
    }
  },
});

/** Mean of everything from the sums of its parts, and the sum of all weights. */
export const meanOfSumsKernel = defineKernel({
  name: "mean_of_sums",
  reads: ["sums", "totals"],
  writes: ["mean", "total"],
  precise: ["mean", "total"],
  params: { parts: "u32" },
  variants: [{ entry: "mean_of_sums", source: meanSource + flatIndex, invocations: () => 1 }],
  simd: () => [{ entry: "meanOfSums", units: 1 }],

  reference({ sums, totals, mean, total }, { parts }) {
    let sum = 0;
    let weight = 0;
    for (let part = 0; part < parts; part++) {
      sum += sums[part]!;
      weight += totals[part]!;
    }
    mean[0] = weight === 0 ? 0 : sum / weight;
    total[0] = weight;
  },
});

/** The mean's gradient with respect to the values. */
export const meanOfSumsBackwardKernel = defineKernel({
  name: "mean_of_sums_backward",
  reads: ["weights", "total", "dMean"],
  writes: ["dValues"],
  params: { length: "u32" },
  variants: [
    { entry: "mean_of_sums_backward", source: backwardSource + flatIndex, invocations: ({ length }) => length },
  ],
  simd: ({ length }) => [{ entry: "meanOfSumsBackward", units: flatUnits(length) }],

  reference({ weights, total, dMean, dValues }, { length }) {
    for (let i = 0; i < length; i++) dValues[i] = total[0] === 0 ? 0 : (dMean[0]! * weights[i]!) / total[0]!;
  },
});
