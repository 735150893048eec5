import source from "../../../shaders/adamw.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** One AdamW step over a whole arena of parameters, each by the settings of its group. */
export const adamwKernel = defineKernel({
  name: "adamw",
  reads: ["gradients", "groupOfBlock", "groups", "stepScalars", "clip"],
  updates: ["parameters", "firstMoment", "secondMoment"],
  writes: [],
  params: { length: "u32", beta1: "f32", beta2: "f32", rest1: "f32", rest2: "f32" },
  variants: [{ entry: "adamw", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "adamw", units: flatUnits(length) }],

  reference(tensors, { length, beta1, beta2, rest1, rest2 }) {
    const { gradients, groupOfBlock, groups, stepScalars, clip, parameters, firstMoment, secondMoment } = tensors;
    if (clip[0]! < 0) return;
    for (let i = 0; i < length; i++) {
      const own = 4 * groupOfBlock[Math.floor(i / 64)]!;
      const rate = stepScalars[slots.learningRate]! * groups[own]!;
      const gradient = gradients[i]! * clip[0]!;
      const first = beta1 * firstMoment[i]! + rest1 * gradient;
      const second = beta2 * secondMoment[i]! + rest2 * gradient ** 2;
      const step =
        (first * stepScalars[slots.firstCorrection]!) /
        (Math.sqrt(second * stepScalars[slots.secondCorrection]!) + groups[own + 2]!);
      parameters[i] = parameters[i]! - rate * (step + groups[own + 1]! * parameters[i]!);
      firstMoment[i] = first;
      secondMoment[i] = second;
    }
  },
});
