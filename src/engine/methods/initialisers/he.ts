import { initialiser } from "./initialiser.ts";

/** Uniform on ±√(6 / columns): Kaiming's initialisation with a = 0, for what a ReLU follows. */
export const he = initialiser({
  kind: "matrix",
  label: "Kaiming for ReLU",
  source: "He et al. 2015, arXiv:1502.01852",
  equation: "A ~ U(±√(6 / in)), B = 0",
  fields: {},
  matrix: ([rows, cols], stream) =>
    Float64Array.from({ length: rows * cols }, () => (2 * stream.uniform() - 1) * Math.sqrt(6 / cols)),
});
