import source from "../../../shaders/first_not_finite.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import finite from "../../../shaders/lib/is_finite.wgsl?raw";
import { defineKernel, shaderConstant } from "./kernel.ts";

/** Parts that a tensor is searched in, each by itself. */
export const SEARCH_PARTS = shaderConstant(source, "PARTS");

/** Where the first element of each part is that is no finite number: 1 + its place in the part, negative for an infinity. */
export const firstNotFiniteKernel = defineKernel({
  name: "first_not_finite",
  reads: ["input"],
  anyFormat: ["input"],
  writes: ["found"],
  params: { length: "u32" },
  variants: [{ entry: "first_not_finite", source: source + finite + flatIndex, invocations: () => SEARCH_PARTS }],

  reference({ input, found }, { length }) {
    found.fill(0, 0, SEARCH_PARTS);
    for (let i = length - 1; i >= 0; i--) {
      if (Number.isFinite(input[i])) continue;
      const place = 1 + Math.floor(i / SEARCH_PARTS);
      found[i % SEARCH_PARTS] = Number.isNaN(input[i]) ? place : -place;
    }
  },
});
