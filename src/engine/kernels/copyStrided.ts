import source from "../../../shaders/copy_strided.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Copies up to four axes, each side placed by its own strides. */
export const copyStridedKernel = defineKernel({
  name: "copy_strided",
  reads: ["input"],
  writes: ["out"],
  params: {
    size0: "u32",
    size1: "u32",
    size2: "u32",
    size3: "u32",
    fromOffset: "u32",
    from0: "u32",
    from1: "u32",
    from2: "u32",
    from3: "u32",
    toOffset: "u32",
    to0: "u32",
    to1: "u32",
    to2: "u32",
    to3: "u32",
  },
  variants: [
    { entry: "copy_strided", source: source + flatIndex, invocations: (p) => p.size0 * p.size1 * p.size2 * p.size3 },
  ],
  simd: ({ size0, size1, size2 }) => [{ entry: "copyStrided", units: size0 * size1 * size2 }],

  reference({ input, out }, p) {
    for (let i0 = 0; i0 < p.size0; i0++) {
      for (let i1 = 0; i1 < p.size1; i1++) {
        for (let i2 = 0; i2 < p.size2; i2++) {
          for (let i3 = 0; i3 < p.size3; i3++) {
            out[p.toOffset + i0 * p.to0 + i1 * p.to1 + i2 * p.to2 + i3 * p.to3] =
              input[p.fromOffset + i0 * p.from0 + i1 * p.from1 + i2 * p.from2 + i3 * p.from3]!;
          }
        }
      }
    }
  },
});
