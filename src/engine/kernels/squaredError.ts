import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/squared_error.wgsl?raw";
import backwardSource from "../../../shaders/squared_error_backward.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Squared difference of each prediction from its target. */
export const squaredErrorKernel = defineKernel({
  name: "squared_error",
  reads: ["predictions", "targets"],
  writes: ["loss"],
  params: { rows: "u32" },
  variants: [{ entry: "squared_error", source: source + flatIndex, invocations: ({ rows }) => rows }],
  simd: ({ rows }) => [{ entry: "squaredError", units: flatUnits(rows) }],

  reference({ predictions, targets, loss }, { rows }) {
    for (let row = 0; row < rows; row++) loss[row] = (predictions[row]! - targets[row]!) ** 2;
  },
});

/** Its gradient with respect to the predictions. */
export const squaredErrorBackwardKernel = defineKernel({
  name: "squared_error_backward",
  reads: ["predictions", "targets", "dLoss"],
  writes: ["dPredictions"],
  params: { rows: "u32" },
  variants: [{ entry: "squared_error_backward", source: backwardSource + flatIndex, invocations: ({ rows }) => rows }],
  simd: ({ rows }) => [{ entry: "squaredErrorBackward", units: flatUnits(rows) }],

  reference({ predictions, targets, dLoss, dPredictions }, { rows }) {
    for (let row = 0; row < rows; row++) dPredictions[row] = 2 * dLoss[row]! * (predictions[row]! - targets[row]!);
  },
});
