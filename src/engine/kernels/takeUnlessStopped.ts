import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/take_unless_stopped.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** A copy of a stack of matrices that is made unless updates have stopped. */
export const takeUnlessStoppedKernel = defineKernel({
  name: "take_unless_stopped",
  reads: ["input", "clip"],
  updates: ["out"],
  writes: [],
  params: { count: "u32", size: "u32", stride: "u32" },
  variants: [
    { entry: "take_unless_stopped", source: source + flatIndex, invocations: ({ count, size }) => count * size },
  ],
  simd: ({ count, size }) => [{ entry: "takeUnlessStopped", units: count * flatUnits(size) }],

  reference({ input, clip, out }, { count, size, stride }) {
    if (clip[0]! < 0) return;
    for (let i = 0; i < count * size; i++) {
      const at = Math.floor(i / size) * stride + (i % size);
      out[at] = input[at]!;
    }
  },
});
