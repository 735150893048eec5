import { attention } from "../../ops/attention.ts";
import { fusedAttention } from "../../ops/fusedAttention.ts";
import { relativeBias, relativeBuckets } from "../../ops/relativeBias.ts";
import { rope, rotaryTable } from "../../ops/rope.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { GradientCase } from "../gradientCheck.ts";
import { functions, summed } from "../tolerances.ts";

/** Three rows of five positions: full, padded, and nothing but padding. */
export const mask = { shape: [3, 5], values: [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0] };

const own = (causal: boolean): GradientCase => ({
  op: "attention",
  about: causal ? "causal and padded" : "padded",
  tolerance: functions,
  inputs: { qkv: [15, 18] },
  constants: { mask },
  build: (tape, { qkv, mask: seen }) => {
    // Query, key and value lie interleaved, as in GPT-2, and heads are views into them.
    const part = (index: number) =>
      tape.view(qkv!, { shape: [3, 2, 5, 3], strides: [90, 3, 18, 1], offset: 6 * index });
    return attention(tape, { query: part(0), key: part(1), value: part(2), mask: seen!, causal, scale: 0.6 });
  },
});

/** Six query heads on two keys and values; `ropes` also turns queries and keys, as Llama does. */
const grouped = (ropes: boolean): GradientCase => ({
  op: "attention",
  about: ropes ? "grouped queries with rotary positions" : "grouped queries",
  tolerance: functions,
  inputs: { query: [15, 24], keyValue: [15, 16] },
  constants: { mask, table: { shape: [7, 4], values: [...rotaryTable(7, 4, 50)] } },
  build: (tape, { query, keyValue, mask: seen, table }) => {
    const turned = (x: Tensor) => (ropes ? rope(tape, x, table!) : x);
    const part = (index: number) =>
      tape.view(keyValue!, { shape: [3, 2, 5, 4], strides: [80, 4, 16, 1], offset: 8 * index });
    return attention(tape, {
      query: turned(tape.view(query!, { shape: [3, 6, 5, 4], strides: [120, 4, 24, 1] })),
      key: turned(part(1)),
      value: part(0),
      mask: seen!,
      causal: true,
      scale: 0.5,
    });
  },
});

/** Four queries look at five keys, and the distance counts; with `keyHeads` of 1 two query heads share it. */
const crossed = (keyHeads: 1 | 2, causal: boolean): GradientCase => ({
  op: "attention",
  about: `to other keys, ${causal ? "causal, " : ""}${keyHeads === 1 ? "grouped queries, " : ""}with a bias`,
  tolerance: functions,
  inputs: { query: [12, 6], keyValue: [15, 6 * keyHeads], bias: [2, 4, 5] },
  constants: { mask },
  build: (tape, { query, keyValue, bias, mask: seen }) => {
    const part = (index: number) =>
      tape.view(keyValue!, {
        shape: [3, keyHeads, 5, 3],
        strides: [30 * keyHeads, 3, 6 * keyHeads, 1],
        offset: 3 * keyHeads * index,
      });
    return attention(tape, {
      query: tape.view(query!, { shape: [3, 2, 4, 3], strides: [24, 3, 6, 1] }),
      key: part(0),
      value: part(1),
      mask: seen!,
      causal,
      scale: 1,
      bias: bias!,
    });
  },
});

/** Heads of queries to one of keys. */
const fused = (
  about: string,
  size: { readonly queries: number; readonly keys: number; readonly width: number; readonly groups?: number },
  causal: boolean,
): GradientCase => {
  const { queries, keys, width, groups = 1 } = size;
  // A padded row, and one that is nothing but padding.
  const padded = {
    shape: [2, keys],
    values: Array.from({ length: 2 * keys }, (_, at) => (at < keys && at % 5 !== 3 ? 1 : 0)),
  };
  return {
    op: "fusedAttention",
    about: causal ? `${about}, causal` : about,
    tolerance: functions,
    inputs: { query: [2, queries, groups * width], keyValue: [2, keys, 2 * width] },
    constants: { mask: padded },
    build: (tape, { query, keyValue, mask: seen }) => {
      const part = (index: number) =>
        tape.view(keyValue!, {
          shape: [2, 1, keys, width],
          strides: [2 * keys * width, width, 2 * width, 1],
          offset: index * width,
        });
      return fusedAttention(tape, {
        query: tape.view(query!, {
          shape: [2, groups, queries, width],
          strides: [queries * groups * width, width, groups * width, 1],
        }),
        key: part(0),
        value: part(1),
        mask: seen!,
        causal,
        scale: 1 / Math.sqrt(width),
      });
    },
  };
};

const distances = (about: string, queries: number, keys: number, bothWays: boolean): GradientCase => ({
  op: "relativeBias",
  about,
  tolerance: summed,
  inputs: { table: [6, 3] },
  constants: { buckets: { shape: [11], values: [...relativeBuckets({ buckets: 6, maxDistance: 5, bothWays })] } },
  build: (tape, { table, buckets }) => relativeBias(tape, table!, buckets!, { queries, keys }),
});

/** Attention, and what tells it where tokens stand. */
export const attentionCases: readonly GradientCase[] = [
  own(false),
  own(true),
  grouped(false),
  grouped(true),
  crossed(2, false),
  crossed(2, true),
  crossed(1, false),
  ...[false, true].flatMap((causal) => [
    fused("one query", { queries: 1, keys: 7, width: 5 }, causal),
    fused("more than a tile", { queries: 5, keys: 37, width: 3 }, causal),
    fused("wide heads", { queries: 2, keys: 3, width: 64 }, causal),
    fused("grouped queries", { queries: 6, keys: 9, width: 5, groups: 3 }, causal),
  ]),
  distances("as many keys", 9, 9, true),
  distances("more keys", 2, 13, true),
  distances("fewer keys, backwards", 11, 4, false),
  {
    op: "rope",
    tolerance: summed,
    inputs: { x: [2, 3, 5, 6] },
    constants: { table: { shape: [5, 6], values: [...rotaryTable(5, 6, 10_000)] } },
    build: (tape, { x, table }) => rope(tape, x!, table!),
  },
];
