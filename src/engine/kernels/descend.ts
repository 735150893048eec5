import source from "../../../shaders/descend.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** A step against a direction, with decoupled decay, for a stack of matrices. */
export const descendKernel = defineKernel({
  name: "descend",
  reads: ["direction", "stepScalars", "clip"],
  updates: ["parameters"],
  writes: [],
  params: { count: "u32", size: "u32", stride: "u32", rate: "f32", scale: "f32", decay: "f32" },
  variants: [{ entry: "descend", source: source + flatIndex, invocations: ({ count, size }) => count * size }],
  simd: ({ count, size }) => [{ entry: "descend", units: count * flatUnits(size) }],

  reference({ direction, stepScalars, clip, parameters }, { count, size, stride, rate, scale, decay }) {
    if (clip[0]! < 0) return;
    for (let i = 0; i < count * size; i++) {
      const at = Math.floor(i / size) * stride + (i % size);
      const step = scale * direction[at]! + decay * parameters[at]!;
      parameters[at] = parameters[at]! - stepScalars[slots.learningRate]! * rate * step;
    }
  },
});
