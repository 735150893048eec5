import source from "../../../shaders/gather_rows.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import backwardSource from "../../../shaders/scatter_add_rows.wgsl?raw";
import { columnUnits, defineKernel } from "./kernel.ts";

/** Rows of a table, picked by number: an embedding. */
export const gatherRowsKernel = defineKernel({
  name: "gather_rows",
  reads: ["table", "ids"],
  anyFormat: ["table"],
  writes: ["out"],
  params: { count: "u32", width: "u32" },
  variants: [{ entry: "gather_rows", source: source + flatIndex, invocations: ({ count, width }) => count * width }],
  simd: ({ count }) => [{ entry: "gatherRows", units: count }],

  reference({ table, ids, out }, { count, width }) {
    for (let i = 0; i < count; i++) {
      for (let col = 0; col < width; col++) out[i * width + col] = table[ids[i]! * width + col]!;
    }
  },
});

/** Its gradient with respect to the table: rows of equal number added up in order. The table must be zero before. */
export const scatterAddRowsKernel = defineKernel({
  name: "scatter_add_rows",
  reads: ["values", "ids"],
  updates: ["out"],
  writes: [],
  params: { count: "u32", width: "u32" },
  variants: [
    { entry: "scatter_add_rows", source: backwardSource + flatIndex, invocations: ({ count, width }) => count * width },
  ],
  simd: ({ width }) => [{ entry: "scatterAddRows", units: columnUnits(width) }],

  reference({ values, ids, out }, { count, width }) {
    for (let i = 0; i < count; i++) {
      for (let col = 0; col < width; col++) out[ids[i]! * width + col]! += values[i * width + col]!;
    }
  },
});
