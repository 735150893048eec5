import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import philox from "../../../shaders/lib/philox.wgsl?raw";
import source from "../../../shaders/philox_words.wgsl?raw";
import { philox4x32 } from "../random/philox.ts";
import { defineKernel } from "./kernel.ts";

/** 32-bit words as buffers of float32 hold them: the lower and the upper half of each. */
export const wordHalves = (words: readonly number[]) => words.flatMap((word) => [word & 0xffff, word >>> 16]);

/** Random words as they are, before anything is made of them: what the generator's known answers are compared with. */
export const philoxWordsKernel = defineKernel({
  name: "philox_words",
  reads: ["inputs"],
  writes: ["out"],
  params: { count: "u32" },
  variants: [{ entry: "philox_words", source: source + flatIndex + philox, invocations: ({ count }) => count }],

  reference({ inputs, out }, { count }) {
    for (let i = 0; i < count; i++) {
      const word = (at: number) => (inputs[12 * i + 2 * at]! | (inputs[12 * i + 2 * at + 1]! << 16)) >>> 0;
      out.set(wordHalves(philox4x32([word(0), word(1), word(2), word(3)], [word(4), word(5)])), 8 * i);
    }
  },
});
