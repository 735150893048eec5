import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import philox from "../../../shaders/lib/philox.wgsl?raw";
import normalSource from "../../../shaders/random_normal.wgsl?raw";
import uniformSource from "../../../shaders/random_uniform.wgsl?raw";
import { philox4x32 } from "../random/philox.ts";
import { unit } from "../random/unit.ts";
import { defineKernel } from "./kernel.ts";
import { slots } from "./stepScalars.ts";

const invocations = ({ length }: { readonly length: number }) => Math.ceil(length / 4);

/** Uniform on (0, 1), by counter. */
export const randomUniformKernel = defineKernel({
  name: "random_uniform",
  reads: ["stepScalars"],
  writes: ["out"],
  params: { length: "u32", stream: "u32" },
  variants: [{ entry: "random_uniform", source: uniformSource + flatIndex + philox, invocations }],

  reference({ stepScalars, out }, { length, stream }) {
    for (let i = 0; i < length; i++) out[i] = unit(wordsAt(i, stepScalars, stream)[i & 3]!);
  },
});

/** Standard normal, by counter. */
export const randomNormalKernel = defineKernel({
  name: "random_normal",
  reads: ["stepScalars"],
  writes: ["out"],
  params: { length: "u32", stream: "u32" },
  variants: [{ entry: "random_normal", source: normalSource + flatIndex + philox, invocations }],

  reference({ stepScalars, out }, { length, stream }) {
    for (let i = 0; i < length; i++) {
      const words = wordsAt(i, stepScalars, stream);
      const pair = i & 2;
      const radius = Math.sqrt(-2 * Math.log(unit(words[pair]!)));
      const angle = 2 * Math.PI * unit(words[pair + 1]!);
      out[i] = radius * (i & 1 ? Math.sin(angle) : Math.cos(angle));
    }
  },
});

function wordsAt(i: number, stepScalars: ArrayLike<number>, stream: number): readonly number[] {
  const seed = (stepScalars[slots.seedLow]! | (stepScalars[slots.seedHigh]! << 16)) >>> 0;
  return philox4x32([i >>> 2, stepScalars[slots.step]!, 0, 2], [seed, stream]);
}
