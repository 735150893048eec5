import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/weighted_mean.wgsl?raw";
import backwardSource from "../../../shaders/weighted_mean_backward.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Mean of values by weights; zero where all weights are zero. */
export const weightedMeanKernel = defineKernel({
  name: "weighted_mean",
  reads: ["values", "weights"],
  writes: ["mean"],
  precise: ["mean"],
  params: { length: "u32" },
  variants: [{ entry: "weighted_mean", source: source + flatIndex, invocations: () => 1 }],
  simd: () => [{ entry: "weightedMean", units: 1 }],

  reference({ values, weights, mean }, { length }) {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < length; i++) {
      if (weights[i] === 0) continue;
      sum += values[i]! * weights[i]!;
      total += weights[i]!;
    }
    mean[0] = total === 0 ? 0 : sum / total;
  },
});

/** Its gradient with respect to the values. */
export const weightedMeanBackwardKernel = defineKernel({
  name: "weighted_mean_backward",
  reads: ["weights", "dMean"],
  writes: ["dValues"],
  params: { length: "u32" },
  variants: [
    { entry: "weighted_mean_backward", source: backwardSource + flatIndex, invocations: ({ length }) => length },
  ],
  simd: ({ length }) => [{ entry: "weightedMeanBackward", units: flatUnits(length) }],

  reference({ weights, dMean, dValues }, { length }) {
    let total = 0;
    for (let i = 0; i < length; i++) total += weights[i]!;
    for (let i = 0; i < length; i++) dValues[i] = total === 0 ? 0 : (dMean[0]! * weights[i]!) / total;
  },
});
