import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/sgd.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** One step of plain gradient descent over a whole arena of parameters. */
export const sgdKernel = defineKernel({
  name: "sgd",
  reads: ["gradients", "groupOfBlock", "groups", "stepScalars", "clip"],
  updates: ["parameters"],
  writes: [],
  params: { length: "u32" },
  variants: [{ entry: "sgd", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "sgd", units: flatUnits(length) }],

  reference({ gradients, groupOfBlock, groups, stepScalars, clip, parameters }, { length }) {
    if (clip[0]! < 0) return;
    for (let i = 0; i < length; i++) {
      const own = 4 * groupOfBlock[Math.floor(i / 64)]!;
      const rate = stepScalars[slots.learningRate]! * groups[own]!;
      parameters[i] = parameters[i]! - rate * (clip[0]! * gradients[i]! + groups[own + 1]! * parameters[i]!);
    }
  },
});
