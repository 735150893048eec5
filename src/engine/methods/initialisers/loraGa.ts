import { number } from "../../field.ts";
import { diagonal } from "../../linalg/diagonal.ts";
import { matmul } from "../../ops/matmul.ts";
import { stacked } from "../../ops/tensor.ts";
import { calibrationBatches, columnsOf, startSteps, topDirections } from "./directions.ts";
import { initialiser } from "./initialiser.ts";

/**
 * LoRA-GA: A in the first r right singular vectors of the loss's gradient, B in the r left ones after those, so that the first
 * step is near that of full fine-tuning (Wang et al., 2024, arXiv:2407.05000, §3.2), scaled as PEFT's "stable" has it. What is
 * frozen is W less the start.
 */
export const loraGa = initialiser({
  kind: "directions",
  label: "LoRA-GA",
  source: "Wang et al. 2024, arXiv:2407.05000",
  equation: "G = U S Vᵀ, A = V[:, :r]ᵀ, B = U[:, r:2r] S[r:2r] m^¼ / √γ",
  fields: {
    loraGaGamma: {
      ...number("LoRA-GA γ", 16, { min: 0.01, max: 1024 }, "B starts divided by √γ; a larger one starts smaller."),
      since: 6,
    },
    startSteps,
    calibrationBatches,
  },
  of: "first gradient",
  count: (rank) => 2 * rank,

  find(tape, search, { loraGaGamma, startSteps: iterations }) {
    const { rank } = search;
    const { left, right, values } = topDirections(tape, search, { count: 2 * rank, iterations });
    const [layers, outFeatures] = right.shape as [number, number];
    const sizes = diagonal(tape, tape.view(values, { shape: [layers, rank], strides: values.strides, offset: rank }));
    return {
      input: columnsOf(tape, left, rank),
      output: matmul(tape, columnsOf(tape, right, rank, rank), sizes, {
        scale: outFeatures ** 0.25 / Math.sqrt(loraGaGamma),
        strides: stacked([layers, outFeatures, rank]),
      }),
    };
  },
});
