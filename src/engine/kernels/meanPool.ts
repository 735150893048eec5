import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/mean_pool.wgsl?raw";
import backwardSource from "../../../shaders/mean_pool_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Mean over the tokens of each row, padding left out. */
export const meanPoolKernel = defineKernel({
  name: "mean_pool",
  reads: ["input", "mask"],
  writes: ["out"],
  params: { rows: "u32", length: "u32", width: "u32" },
  variants: [{ entry: "mean_pool", source: source + flatIndex, invocations: ({ rows, width }) => rows * width }],
  simd: ({ rows }) => [{ entry: "meanPool", units: rows }],

  reference({ input, mask, out }, { rows, length, width }) {
    for (let row = 0; row < rows; row++) {
      const count = tokensOf(mask, row, length);
      for (let col = 0; col < width; col++) {
        let sum = 0;
        for (let position = 0; position < length; position++) {
          const token = row * length + position;
          sum += mask[token]! * input[token * width + col]!;
        }
        out[row * width + col] = count === 0 ? 0 : sum / count;
      }
    }
  },
});

/** Its gradient with respect to the input: each token's share of the row's. */
export const meanPoolBackwardKernel = defineKernel({
  name: "mean_pool_backward",
  reads: ["mask", "dOut"],
  writes: ["dInput"],
  params: { rows: "u32", length: "u32", width: "u32" },
  variants: [
    {
      entry: "mean_pool_backward",
      source: backwardSource + flatIndex,
      invocations: ({ rows, length, width }) => rows * length * width,
    },
  ],
  simd: ({ rows }) => [{ entry: "meanPoolBackward", units: rows }],

  reference({ mask, dOut, dInput }, { rows, length, width }) {
    for (let row = 0; row < rows; row++) {
      const count = tokensOf(mask, row, length);
      for (let token = row * length; token < (row + 1) * length; token++) {
        for (let col = 0; col < width; col++) {
          dInput[token * width + col] = count === 0 ? 0 : (mask[token]! / count) * dOut[row * width + col]!;
        }
      }
    }
  },
});

function tokensOf(mask: ArrayLike<number>, row: number, length: number): number {
  let count = 0;
  for (let position = 0; position < length; position++) count += mask[row * length + position]!;
  return count;
}
