import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/momentum.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** Moving average or sum of gradients, and the direction that it gives. */
export const momentumKernel = defineKernel({
  name: "momentum",
  reads: ["gradients", "clip"],
  updates: ["moment"],
  writes: ["direction"],
  params: { length: "u32", beta: "f32", weight: "f32", nesterov: "u32" },
  variants: [{ entry: "momentum", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "momentum", units: flatUnits(length) }],

  reference({ gradients, clip, moment, direction }, { length, beta, weight, nesterov }) {
    for (let i = 0; i < length; i++) {
      direction[i] = 0;
      if (clip[0]! < 0) continue;
      const part = weight * clip[0]! * gradients[i]!;
      const next = beta * moment[i]! + part;
      direction[i] = nesterov === 1 ? beta * next + part : next;
      moment[i] = next;
    }
  },
});
