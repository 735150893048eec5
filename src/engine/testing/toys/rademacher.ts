import { number, since } from "../../field.ts";
import { initialiser } from "../../methods/initialisers/initialiser.ts";

/** Random signs, all of one size. */
export const rademacher = initialiser({
  kind: "matrix",
  label: "Toy of coins",
  source: "Achlioptas 2003, https://doi.org/10.1016/S0022-0000(03)00025-4",
  equation: "A ~ ± s / √in, B = 0",
  fields: {
    toyStartScale: since(99, number("Toy start scale s", 1, { min: 0.01, max: 100 }, "Size of A's numbers.")),
  },
  matrix: ([rows, cols], stream, { toyStartScale }) =>
    Float64Array.from(
      { length: rows * cols },
      () => ((stream.uniform() < 0.5 ? -1 : 1) * toyStartScale) / Math.sqrt(cols),
    ),
});
