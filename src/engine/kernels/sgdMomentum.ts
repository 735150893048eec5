import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/sgd_momentum.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** One step of gradient descent with momentum over a whole segment of parameters. */
export const sgdMomentumKernel = defineKernel({
  name: "sgd_momentum",
  reads: ["gradients", "groupOfBlock", "groups", "stepScalars", "clip"],
  updates: ["parameters", "momentum"],
  writes: [],
  params: { length: "u32", beta: "f32", nesterov: "u32" },
  variants: [{ entry: "sgd_momentum", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "sgdMomentum", units: flatUnits(length) }],

  reference({ gradients, groupOfBlock, groups, stepScalars, clip, parameters, momentum }, { length, beta, nesterov }) {
    if (clip[0]! < 0) return;
    for (let i = 0; i < length; i++) {
      const own = 4 * groupOfBlock[Math.floor(i / 64)]!;
      const gradient = clip[0]! * gradients[i]! + groups[own + 1]! * parameters[i]!;
      const next = beta * momentum[i]! + gradient;
      const direction = nesterov === 1 ? gradient + beta * next : next;
      parameters[i] = parameters[i]! - stepScalars[slots.learningRate]! * groups[own]! * direction;
      momentum[i] = next;
    }
  },
});
