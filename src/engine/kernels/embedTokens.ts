import source from "../../../shaders/embed_tokens.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Rows of a table of words, picked by number, plus a row for each place and, where `typed`, for each kind of segment. */
export const embedTokensKernel = defineKernel({
  name: "embed_tokens",
  reads: ["words", "ids", "places", "types", "segments"],
  anyFormat: ["words", "places", "types"],
  writes: ["out"],
  params: { count: "u32", width: "u32", length: "u32", firstPlace: "u32" },
  flags: ["typed"],
  variants: [{ entry: "embed_tokens", source: source + flatIndex, invocations: ({ count, width }) => count * width }],
  simd: ({ count }) => [{ entry: "embedTokens", units: count }],

  reference({ words, ids, places, types, segments, out }, { count, width, length, firstPlace }, { typed }) {
    for (let i = 0; i < count; i++)
      for (let col = 0; col < width; col++) {
        const placed = words[ids[i]! * width + col]! + places[firstPlace + (i % length) * width + col]!;
        out[i * width + col] = typed ? placed + types[segments[i]! * width + col]! : placed;
      }
  },
});
