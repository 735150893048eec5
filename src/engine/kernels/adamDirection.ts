import source from "../../../shaders/adam_direction.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** Adam's moments of a stack of matrices, and the direction that they give. */
export const adamDirectionKernel = defineKernel({
  name: "adam_direction",
  reads: ["gradients", "stepScalars", "clip"],
  updates: ["firstMoment", "secondMoment"],
  writes: ["direction"],
  params: {
    ...({ count: "u32", size: "u32", stride: "u32" } as const),
    ...({ beta1: "f32", beta2: "f32", rest1: "f32", rest2: "f32", epsilon: "f32" } as const),
  },
  variants: [{ entry: "adam_direction", source: source + flatIndex, invocations: ({ count, size }) => count * size }],
  simd: ({ count, size }) => [{ entry: "adamDirection", units: count * flatUnits(size) }],

  reference(tensors, { count, size, stride, beta1, beta2, rest1, rest2, epsilon }) {
    const { gradients, stepScalars, clip, firstMoment, secondMoment, direction } = tensors;
    for (let i = 0; i < count * size; i++) {
      const at = Math.floor(i / size) * stride + (i % size);
      direction[at] = 0;
      if (clip[0]! < 0) continue;
      const gradient = gradients[at]! * clip[0]!;
      const first = beta1 * firstMoment[at]! + rest1 * gradient;
      const second = beta2 * secondMoment[at]! + rest2 * gradient ** 2;
      direction[at] =
        (first / (Math.sqrt(second) + epsilon)) *
        (stepScalars[slots.firstCorrection]! / Math.sqrt(stepScalars[slots.secondCorrection]!));
      firstMoment[at] = first;
      secondMoment[at] = second;
    }
  },
});
