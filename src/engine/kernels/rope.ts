import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/rope.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/**
 * Rotary positions (Su et al., 2021), half-split: feature i of a head is turned together with feature i + width/2.
 * `inverse` turns back, which is the gradient.
 */
export const ropeKernel = defineKernel({
  name: "rope",
  reads: ["input", "table"],
  writes: ["out"],
  params: {
    rows: "u32",
    heads: "u32",
    length: "u32",
    width: "u32",
    inputOffset: "u32",
    inputRow: "u32",
    inputHead: "u32",
    inputPosition: "u32",
    outRow: "u32",
    outHead: "u32",
    outPosition: "u32",
  },
  flags: ["inverse"],
  variants: [
    {
      entry: "rope",
      source: source + flatIndex,
      invocations: ({ rows, heads, length, width }) => (rows * heads * length * width) / 2,
    },
  ],
  simd: ({ rows, heads, length }) => [{ entry: "rope", units: rows * heads * length }],

  reference({ input, table, out }, p, { inverse }) {
    const half = p.width / 2;
    for (let row = 0; row < p.rows; row++) {
      for (let head = 0; head < p.heads; head++) {
        for (let position = 0; position < p.length; position++) {
          const from = p.inputOffset + row * p.inputRow + head * p.inputHead + position * p.inputPosition;
          const to = row * p.outRow + head * p.outHead + position * p.outPosition;
          for (let pair = 0; pair < half; pair++) {
            const cosine = table[position * p.width + pair]!;
            const sine = table[position * p.width + half + pair]! * (inverse ? -1 : 1);
            const [a, b] = [input[from + pair]!, input[from + half + pair]!];
            out[to + pair] = a * cosine - b * sine;
            out[to + half + pair] = b * cosine + a * sine;
          }
        }
      }
    }
  },
});
