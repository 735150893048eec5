import type { ElementFormat } from "../../kernels/formats.ts";
import { matmulGeluBackwardKernel, matmulGeluKernel, matmulKernel } from "../../kernels/matmul.ts";
import { type Draw, type KernelCall, kernelChecks } from "../kernelCheck.ts";
import { summed } from "../tolerances.ts";

/** How the operands of a product lie. */
interface Layout {
  readonly about: string;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Whether one row is added to all, or nothing. */
  readonly bias?: boolean;
  /** Whether d is a matrix, or nothing. */
  readonly residual?: boolean;
  /** Columns of u, rows of v; without it there is no second product. */
  readonly rank?: number;
  /** How a or b is stored, where it is not in float32. */
  readonly formats?: Readonly<Record<string, ElementFormat>>;
}

/** Batch, rows, inner size, columns: of small matrices, of some that real graphics cards take in tiles, and a long sum. */
const sizes = [
  [1, 17, 19, 5],
  [6, 3, 7, 9],
  [2, 65, 33, 70],
  [1, 5, 600, 9],
] as const;

const layouts: readonly Layout[] = [
  { about: "a bias on every row", bias: true },
  { about: "a transposed", transposeA: true },
  { about: "b transposed, with a bias", transposeB: true, bias: true },
  { about: "both transposed", transposeA: true, transposeB: true },
  { about: "an update of rank 5, with a bias", rank: 5, bias: true },
  { about: "a transposed, in halves", transposeA: true, formats: { a: "float16" } },
  { about: "b transposed, in halves, with a bias", transposeB: true, bias: true, formats: { b: "float16" } },
  { about: "b in bfloat16, with an update of rank 5", rank: 5, formats: { b: "bfloat16" } },
  { about: "an update of rank 3, a bias and a residual", rank: 3, bias: true, residual: true },
];

/** A run on operands that lie so. */
function callOf(
  { transposeA = false, transposeB = false, bias = false, residual = false, rank = 0, formats = {} }: Layout,
  [batch, rows, inner, cols]: (typeof sizes)[number],
  draw: Draw,
): KernelCall {
  const innerBatch = Math.min(batch, 3);
  const place = (name: string, height: number, width: number, transposed: boolean, offset = 0) => ({
    [`${name}Offset`]: offset,
    [`${name}Outer`]: innerBatch * height * width,
    [`${name}Inner`]: height * width,
    [`${name}Row`]: transposed ? 1 : width,
    [`${name}Col`]: transposed ? height : 1,
  });
  const length = batch * rows * cols;
  const params = {
    batch,
    innerBatch,
    rows,
    inner,
    cols,
    rank,
    ...place("a", rows, inner, transposeA, 3),
    ...place("b", inner, cols, transposeB),
    ...place("u", rows, rank, true, 2),
    ...place("v", rank, cols, false, 1),
    ...{ cOffset: 0, cOuter: 0, cInner: 0, cRow: 0, cCol: bias ? 1 : 0 },
    ...(residual ? place("d", rows, cols, true, 2) : { dOffset: 0, dOuter: 0, dInner: 0, dRow: 0, dCol: 0 }),
    ...place("out", rows, cols, false, 1),
    scale: 0.5,
    updateScale: 1.5,
  };
  return {
    params,
    formats,
    inputs: {
      a: draw(3 + batch * rows * inner),
      b: draw(batch * inner * cols),
      u: draw(2 + batch * rows * rank),
      v: draw(1 + batch * rank * cols),
      c: bias ? draw(cols) : new Float64Array(1),
      d: residual ? draw(2 + length) : new Float64Array(1),
    },
    outputs: { out: 1 + length },
  };
}

/** The product of matrices, by every way that operands may lie. */
const products = layouts.flatMap((layout) =>
  kernelChecks(matmulKernel, summed, sizes, (size, draw) => callOf(layout, size, draw), layout.about),
);

/** With what may follow a product in the same dispatch, on the last of these layouts. */
const productsWithGelu = [true, false].flatMap((tanh) => {
  const layout = layouts.at(-1)!;
  const about = `${tanh ? "by tanh" : "exact"}, with ${layout.about}`;
  return [
    ...kernelChecks(
      matmulGeluKernel,
      summed,
      sizes,
      (size, draw) => {
        const call = callOf(layout, size, draw);
        return { ...call, flags: { tanh }, outputs: { ...call.outputs, activated: call.outputs.out! } };
      },
      about,
    ),
    ...kernelChecks(
      matmulGeluBackwardKernel,
      summed,
      sizes,
      (size, draw) => ({ ...callOf(layout, size, draw), flags: { tanh } }),
      about,
    ),
  ];
});

export const matmulKernelChecks = [...products, ...productsWithGelu];
