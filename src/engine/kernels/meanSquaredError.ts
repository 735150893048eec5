import source from "../../../shaders/mean_squared_error.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Squared differences of predictions from targets, their mean by weights, and its gradient: sums of few rows. */
export const meanSquaredErrorKernel = defineKernel({
  name: "mean_squared_error",
  reads: ["predictions", "targets", "weights"],
  writes: ["losses", "mean", "dPredictions"],
  precise: ["mean", "dPredictions"],
  params: { rows: "u32" },
  variants: [{ entry: "mean_squared_error", source, workgroups: () => [1, 1, 1] }],
  simd: () => [{ entry: "meanSquaredError", units: 1 }],

  reference({ predictions, targets, weights, losses, mean, dPredictions }, { rows }) {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      losses[row] = (predictions[row]! - targets[row]!) ** 2;
      if (weights[row] === 0) continue;
      sum += losses[row]! * weights[row]!;
      total += weights[row]!;
    }
    mean[0] = total === 0 ? 0 : sum / total;
    for (let row = 0; row < rows; row++) {
      const share = total === 0 ? 0 : weights[row]! / total;
      dPredictions[row] = 2 * share * (predictions[row]! - targets[row]!);
    }
  },
});
