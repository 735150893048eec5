import { number } from "../../field.ts";
import { initialiser } from "./initialiser.ts";

/** Normals of one standard deviation: 1 in the paper's baseline, 1 / r in PEFT. */
export const gaussian = initialiser({
  kind: "matrix",
  label: "Gaussian",
  source: "Hu et al. 2022, arXiv:2106.09685",
  equation: "A ~ N(0, σ²), B = 0",
  fields: {
    startDeviation: {
      ...number("σ of A", 0.125, { min: 1e-6, max: 10 }, "Standard deviation of A at the start; PEFT takes 1 / r."),
      since: 6,
    },
  },
  matrix: ([rows, cols], stream, { startDeviation }) =>
    Float64Array.from({ length: rows * cols }, () => startDeviation * stream.normal()),
});
