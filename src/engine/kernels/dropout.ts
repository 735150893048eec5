import source from "../../../shaders/dropout.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import philox from "../../../shaders/lib/philox.wgsl?raw";
import { philox4x32 } from "../random/philox.ts";
import { unit } from "../random/unit.ts";
import { defineKernel, flatUnits } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

/** Zeroes elements at random and scales up the rest, by counter: the same mask whenever it is asked for again. */
export const dropoutKernel = defineKernel({
  name: "dropout",
  reads: ["input", "stepScalars"],
  writes: ["out"],
  params: { length: "u32", stream: "u32", probability: "f32" },
  variants: [
    { entry: "dropout", source: source + flatIndex + philox, invocations: ({ length }) => Math.ceil(length / 4) },
  ],
  simd: ({ length }) => [{ entry: "dropout", units: flatUnits(length) }],

  reference({ input, stepScalars, out }, { length, stream, probability }) {
    const seed = (stepScalars[slots.seedLow]! | (stepScalars[slots.seedHigh]! << 16)) >>> 0;
    for (let i = 0; i < length; i++) {
      const word = philox4x32([i >>> 2, stepScalars[slots.step]!, stepScalars[slots.microBatch]!, 1], [seed, stream])[
        i & 3
      ]!;
      out[i] = unit(word) >= Math.fround(probability) ? input[i]! / (1 - probability) : 0;
    }
  },
});
