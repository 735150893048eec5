import { initialiser } from "./initialiser.ts";

/** Uniform on ±1/√columns, which is what Kaiming's initialisation with a = √5 comes to: PyTorch's for linear layers, and PEFT's. */
export const kaiming = initialiser({
  kind: "matrix",
  label: "Kaiming",
  source: "He et al. 2015, arXiv:1502.01852",
  equation: "A ~ U(±1 / √in), B = 0",
  fields: {},
  matrix: ([rows, cols], stream) =>
    Float64Array.from({ length: rows * cols }, () => (2 * stream.uniform() - 1) / Math.sqrt(cols)),
});
