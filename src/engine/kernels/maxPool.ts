import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/max_pool.wgsl?raw";
import backwardSource from "../../../shaders/max_pool_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Largest value of each feature over the tokens of a row, padding left out, and the position that it is at. */
export const maxPoolKernel = defineKernel({
  name: "max_pool",
  reads: ["input", "mask"],
  writes: ["out", "places"],
  precise: ["places"],
  params: { rows: "u32", length: "u32", width: "u32" },
  variants: [{ entry: "max_pool", source: source + flatIndex, invocations: ({ rows, width }) => rows * width }],
  simd: ({ rows }) => [{ entry: "maxPool", units: rows }],

  reference({ input, mask, out, places }, { rows, length, width }) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < width; col++) {
        let best = 0;
        let place = -1;
        for (let position = 0; position < length; position++) {
          const token = row * length + position;
          const value = input[token * width + col]!;
          if (mask[token]! > 0 && (place < 0 || value > best)) {
            best = value;
            place = position;
          }
        }
        out[row * width + col] = best;
        places[row * width + col] = place;
      }
    }
  },
});

/** Its gradient with respect to the input: all of it where the largest value was. */
export const maxPoolBackwardKernel = defineKernel({
  name: "max_pool_backward",
  reads: ["places", "dOut"],
  writes: ["dInput"],
  params: { rows: "u32", length: "u32", width: "u32" },
  variants: [
    {
      entry: "max_pool_backward",
      source: backwardSource + flatIndex,
      invocations: ({ rows, length, width }) => rows * length * width,
    },
  ],
  simd: ({ rows }) => [{ entry: "maxPoolBackward", units: rows }],

  reference({ places, dOut, dInput }, { rows, length, width }) {
    for (let token = 0; token < rows * length; token++) {
      for (let col = 0; col < width; col++) {
        const from = Math.floor(token / length) * width + col;
        dInput[token * width + col] = places[from] === token % length ? dOut[from]! : 0;
      }
    }
  },
});
