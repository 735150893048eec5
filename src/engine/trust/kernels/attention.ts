import {
  attentionDotKernel,
  attentionForwardKernel,
  attentionKeyBackwardKernel,
  attentionQueryBackwardKernel,
} from "../../kernels/attention.ts";
import { attentionSoftmaxKernel, softmaxBackwardKernel } from "../../kernels/attentionSoftmax.ts";
import { relativeBiasBackwardKernel, relativeBiasKernel } from "../../kernels/relativeBias.ts";
import { ropeKernel } from "../../kernels/rope.ts";
import { rotaryTable } from "../../ops/rope.ts";
import { type Draw, kernelChecks } from "../kernelCheck.ts";
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

/** Rows, heads, positions, pairs of features. */
const turns = [
  [2, 3, 5, 3],
  [1, 5, 7, 5],
] as const;

/** How far distances count one by one, and the buckets that they fall into. */
const REACH = 5;
const buckets = [0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 6];

/**
 * Rows, query heads, heads of keys, queries, keys, width: one query; tiles that are not full, with heads that share their
 * keys; the widest heads.
 */
const attentions = [
  [3, 2, 2, 1, 37, 5],
  [2, 6, 2, 35, 34, 9],
  [2, 1, 1, 6, 41, 64],
  [2, 1, 1, 3, 7, 128],
] as const;

/** Features of a head, and heads, lie further apart than they must. */
const placed = (name: string, tokens: number, heads: number, width: number, offset: number) => ({
  [`${name}Offset`]: offset,
  [`${name}Row`]: tokens * heads * (width + 1) + 2,
  [`${name}Head`]: width + 1,
  [`${name}Token`]: heads * (width + 1),
  [`${name}Feature`]: 1,
});

/** What the kernels of fused attention read beside each other's results. The first row is full, the last nothing but padding. */
function attentionOperands(
  [rows, heads, keyHeads, queries, keys, width]: (typeof attentions)[number],
  causal: boolean,
  draw: Draw,
) {
  const extent = (tokens: number, count: number) => rows * (tokens * count * (width + 1) + 2);
  return {
    params: {
      ...{ rows, heads, groups: heads / keyHeads, queries, keys, width, scale: 0.3 },
      ...placed("query", queries, heads, width, 3),
      ...placed("key", keys, keyHeads, width, 0),
      ...placed("value", keys, keyHeads, width, 5),
    },
    flags: { causal },
    inputs: {
      query: draw(3 + extent(queries, heads)),
      key: draw(extent(keys, keyHeads)),
      value: draw(5 + extent(keys, keyHeads)),
      mask: draw(rows * keys).map((x, at) => (at < keys || (at < (rows - 1) * keys && x > 0) ? 1 : 0)),
    },
    extent,
  };
}

const fused = [false, true].flatMap((causal) => {
  const about = causal ? "causal" : "padded";
  const forward = kernelChecks(
    attentionForwardKernel,
    functions,
    attentions,
    (size, draw) => {
      const { extent: _, ...call } = attentionOperands(size, causal, draw);
      const [rows, heads, , queries, , width] = size;
      return { ...call, outputs: { out: rows * queries * heads * width, logsumexp: rows * heads * queries } };
    },
    about,
  );
  const backward = [attentionQueryBackwardKernel, attentionKeyBackwardKernel].flatMap((kernel) =>
    kernelChecks(
      kernel,
      functions,
      attentions,
      (size, draw) => {
        const { extent, ...call } = attentionOperands(size, causal, draw);
        const [rows, heads, keyHeads, queries, keys, width] = size;
        // A logsumexp of what so many scores of this size have, so that shares are of the size of shares.
        const sums = draw(2 * rows * heads * queries).map((x, at) =>
          at % 2 === 0 ? Math.fround(x + Math.log(keys)) : x,
        );
        const [own, shared] = [extent(queries, heads), extent(keys, keyHeads)];
        return {
          ...call,
          inputs: { ...call.inputs, dOut: draw(rows * queries * heads * width), sums },
          outputs: { dQuery: own, dKey: shared, dValue: shared },
        };
      },
      about,
    ),
  );
  return [...forward, ...backward];
});

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
    ([rows, heads, length, pairs], draw, width = 2 * pairs) => ({
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
  ...fused,
  ...kernelChecks(
    attentionDotKernel,
    summed,
    [
      [3, 2, 5, 7],
      [2, 3, 13, 64],
    ],
    ([rows, heads, queries, width], draw) => ({
      params: { rows, heads, queries, width },
      inputs: {
        logsumexp: draw(rows * heads * queries),
        out: draw(rows * queries * heads * width),
        dOut: draw(rows * queries * heads * width),
      },
      outputs: { sums: 2 * rows * heads * queries },
    }),
  ),
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
