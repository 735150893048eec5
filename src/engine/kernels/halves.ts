import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import packSource from "../../../shaders/pack_halves.wgsl?raw";
import unpackSource from "../../../shaders/unpack_halves.wgsl?raw";
import { packed, unpacked } from "./formats.ts";
import { defineKernel } from "./kernel.ts";

/** Words that so many halves take. */
export const wordsOfHalves = (length: number): number => Math.ceil(length / 2);

/** Numbers as halves, two to a word; a word lies in memory in the place of a float32, whose bits it is. */
export const packHalvesKernel = defineKernel({
  name: "pack_halves",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [
    { entry: "pack_halves", source: packSource + flatIndex, invocations: ({ length }) => wordsOfHalves(length) },
  ],

  reference({ input, out }, { length }) {
    const halves = new Uint16Array(2 * wordsOfHalves(length));
    halves.set(packed(input.subarray(0, length), "float16"));
    out.set(new Float32Array(halves.buffer));
  },
});

/** What `packHalvesKernel` has packed, as float32. */
export const unpackHalvesKernel = defineKernel({
  name: "unpack_halves",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "unpack_halves", source: unpackSource + flatIndex, invocations: ({ length }) => length }],

  reference({ input, out }, { length }) {
    const words = Float32Array.from(input.subarray(0, wordsOfHalves(length)));
    out.set(unpacked(new Uint16Array(words.buffer, 0, length), "float16"));
  },
});
