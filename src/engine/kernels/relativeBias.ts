import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/relative_bias.wgsl?raw";
import backwardSource from "../../../shaders/relative_bias_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** What attention adds to its scores for the distance from query to key, by bucket and head. */
export const relativeBiasKernel = defineKernel({
  name: "relative_bias",
  reads: ["table", "buckets"],
  writes: ["out"],
  params: { heads: "u32", queries: "u32", keys: "u32", reach: "u32" },
  variants: [
    {
      entry: "relative_bias",
      source: source + flatIndex,
      invocations: ({ heads, queries, keys }) => heads * queries * keys,
    },
  ],
  simd: ({ heads, queries }) => [{ entry: "relativeBias", units: heads * queries }],

  reference({ table, buckets, out }, { heads, queries, keys, reach }) {
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < queries; query++) {
        for (let key = 0; key < keys; key++) {
          const distance = Math.max(-reach, Math.min(reach, key - query));
          out[(head * queries + query) * keys + key] = table[buckets[distance + reach]! * heads + head]!;
        }
      }
    }
  },
});

/** Its gradient with respect to the table. */
export const relativeBiasBackwardKernel = defineKernel({
  name: "relative_bias_backward",
  reads: ["dOut", "buckets"],
  writes: ["dTable"],
  params: { heads: "u32", queries: "u32", keys: "u32", reach: "u32", entries: "u32" },
  variants: [
    {
      entry: "relative_bias_backward",
      source: backwardSource + flatIndex,
      invocations: ({ entries, heads }) => entries * heads,
    },
  ],
  simd: ({ heads }) => [{ entry: "relativeBiasBackward", units: heads }],

  reference({ dOut, buckets, dTable }, { heads, queries, keys, reach, entries }) {
    dTable.fill(0, 0, entries * heads);
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < queries; query++) {
        for (let key = 0; key < keys; key++) {
          const distance = Math.max(-reach, Math.min(reach, key - query));
          dTable[buckets[distance + reach]! * heads + head]! += dOut[(head * queries + query) * keys + key]!;
        }
      }
    }
  },
});
