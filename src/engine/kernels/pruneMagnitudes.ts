import source from "../../../shaders/prune_magnitudes.wgsl?raw";
import { defineKernel, rowVariants } from "./kernel.ts";

/** Sets to 0 what is smallest in each matrix of a stack, unless updates have stopped. */
export const pruneMagnitudesKernel = defineKernel({
  name: "prune_magnitudes",
  reads: ["clip"],
  updates: ["values"],
  writes: [],
  params: { rows: "u32", size: "u32", stride: "u32", place: "u32" },
  variants: rowVariants("prune_magnitudes", source),

  reference({ clip, values }, { rows, size, stride, place }) {
    if (clip[0]! < 0) return;
    for (let row = 0; row < rows; row++) {
      const own = values.subarray(row * stride, row * stride + size);
      const limit = own.map(Math.abs).sort()[place]!;
      for (let at = 0; at < size; at++) if (Math.abs(own[at]!) <= limit) own[at] = 0;
    }
  },
});
