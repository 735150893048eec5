import { semiOrthogonal } from "../../linalg/semiOrthogonal.ts";
import { initialiser } from "./initialiser.ts";

/** A random matrix with orthonormal rows, or columns where it is tall. */
export const orthonormal = initialiser({
  kind: "matrix",
  label: "Random, orthonormal",
  source: "Saxe et al. 2014, arXiv:1312.6120",
  equation: "A Aᵀ = I, B = 0",
  fields: {},
  matrix: ([rows, cols], stream) => semiOrthogonal(rows, cols, stream),
});
