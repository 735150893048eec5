import { matmul } from "../../ops/matmul.ts";
import type { GradientCase } from "../gradientCheck.ts";
import { summed } from "../tolerances.ts";

const products: readonly Omit<GradientCase, "op" | "tolerance">[] = [
  {
    about: "sizes that are no multiple of the tile",
    inputs: { a: [17, 19], b: [19, 5] },
    build: (tape, { a, b }) => matmul(tape, a!, b!),
  },
  {
    about: "both sides transposed",
    inputs: { a: [7, 3], b: [4, 7] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeA: true, transposeB: true }),
  },
  {
    about: "a transposed, scaled",
    inputs: { a: [7, 3], b: [7, 4] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeA: true, scale: 0.5 }),
  },
  {
    about: "a batch on both sides, b transposed",
    inputs: { a: [3, 2, 6], b: [3, 4, 6] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeB: true }),
  },
  {
    about: "one tensor used twice",
    inputs: { a: [6, 6] },
    build: (tape, { a }) => matmul(tape, a!, a!),
  },
  {
    about: "a bias on every row",
    inputs: { a: [5, 3], b: [3, 7], bias: [7] },
    build: (tape, { a, b, bias }) => matmul(tape, a!, b!, { add: bias! }),
  },
  {
    about: "the same matrices added to every outer batch",
    inputs: { a: [2, 3, 4, 5], b: [2, 3, 5, 6], c: [6, 3, 4] },
    build: (tape, { a, b, c }) =>
      matmul(tape, a!, b!, { add: tape.view(c!, { shape: [3, 4, 6], strides: [4, 1, 12] }) }),
  },
  {
    about: "something of the result's shape added",
    inputs: { a: [5, 3], b: [3, 7], c: [5, 7] },
    build: (tape, { a, b, c }) => matmul(tape, a!, b!, { add: c! }),
  },
  {
    about: "two heads inside every row",
    inputs: { q: [6, 8], k: [6, 8] },
    build: (tape, { q, k }) => {
      const heads = { shape: [2, 2, 3, 4], strides: [24, 4, 8, 1] };
      return matmul(tape, tape.view(q!, heads), tape.view(k!, heads), { transposeB: true });
    },
  },
  {
    about: "a view that covers part of its base and does not start where it can be bound",
    inputs: { x: [5, 9], w: [4, 3] },
    build: (tape, { x, w }) => matmul(tape, tape.view(x!, { shape: [5, 4], strides: [9, 1], offset: 3 }), w!),
  },
  {
    about: "slices of a stack, through an inner product",
    inputs: { stack: [2, 8, 8], x: [3, 8] },
    build: (tape, { stack, x }) => {
      const squared = matmul(tape, stack!, stack!);
      const once = matmul(tape, x!, tape.slice(squared, 0));
      return matmul(tape, once, tape.slice(squared, 1));
    },
  },
];

/** Products in every way that operands may lie and be shared. */
export const matmulCases: readonly GradientCase[] = products.map((each) => ({
  op: "matmul",
  tolerance: summed,
  ...each,
}));
