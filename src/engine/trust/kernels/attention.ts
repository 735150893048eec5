import { attentionSoftmaxKernel, softmaxBackwardKernel } from "../../kernels/attentionSoftmax.ts";
import { relativeBiasBackwardKernel, relativeBiasKernel } from "../../kernels/relativeBias.ts";
import { ropeKernel } from "../../kernels/rope.ts";
import { rotaryTable } from "../../ops/rope.ts";
import { kernelChecks } from "../kernelCheck.ts";
import { exact, functions, rounded, summed } from "../tolerances.ts";

/** Rows, heads, queries, keys. */
const scores = [
  [3, 2, 4, 5],
  [2, 3, 11, 13],
] as const;

/** Heads, queries, keys. */
const distances = [
  [3, 9, 4],
  [2, 5, 17],
] as const;

/** Rows, heads, positions, even width. */
const turns = [
  [2, 3, 5, 6],
  [1, 5, 7, 10],
] as const;

/** How far distances count one by one, and the buckets that they fall into. */
const REACH = 5;
const buckets = [0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 6];

const softmax = [false, true].flatMap((causal) =>
  kernelChecks(
    attentionSoftmaxKernel,
    functions,
    scores,
    ([rows, heads, queries, keys], draw) => ({
      params: { rows, heads, queries, keys },
      flags: { causal },
      inputs: {
        scores: draw(rows * heads * queries * keys).map((x) => 6 * x),
        // The first row is full, the last nothing but padding.
        mask: draw(rows * keys).map((x, at) => (at < keys || (at < (rows - 1) * keys && x > 0) ? 1 : 0)),
      },
      outputs: { out: rows * heads * queries * keys },
    }),
    causal ? "causal" : "padded",
  ),
);

const rope = [false, true].flatMap((inverse) =>
  kernelChecks(
    ropeKernel,
    rounded,
    turns,
    ([rows, heads, length, width], draw) => ({
      // Heads lie inside a token's row on the way in and before its positions on the way out.
      params: {
        rows,
        heads,
        length,
        width,
        inputOffset: 2,
        inputRow: length * heads * width,
        inputHead: width,
        inputPosition: heads * width,
        outRow: heads * length * width,
        outHead: length * width,
        outPosition: width,
      },
      flags: { inverse },
      inputs: { input: draw(2 + rows * heads * length * width), table: rotaryTable(length, width, 50) },
      outputs: { out: rows * heads * length * width },
    }),
    inverse ? "backwards" : "forwards",
  ),
);

/** Kernels that attention is made of, besides products. */
export const attentionKernelChecks = [
  ...softmax,
  ...kernelChecks(
    softmaxBackwardKernel,
    summed,
    [
      [7, 19],
      [67, 33],
    ],
    ([rows, cols], draw) => ({
      params: { rows, cols },
      inputs: { p: draw(rows * cols), dOut: draw(rows * cols) },
      outputs: { dScores: rows * cols },
    }),
  ),
  ...rope,
  ...kernelChecks(relativeBiasKernel, exact, distances, ([heads, queries, keys], draw) => ({
    params: { heads, queries, keys, reach: REACH },
    inputs: { table: draw(7 * heads), buckets },
    outputs: { out: heads * queries * keys },
  })),
  ...kernelChecks(relativeBiasBackwardKernel, summed, distances, ([heads, queries, keys], draw) => ({
    params: { heads, queries, keys, reach: REACH, entries: 7 },
    inputs: { dOut: draw(heads * queries * keys), buckets },
    outputs: { dTable: 7 * heads },
  })),
];
