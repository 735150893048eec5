import factorSource from "../../../shaders/clip_factor.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import finite from "../../../shaders/lib/is_finite.wgsl?raw";
import partialSource from "../../../shaders/sum_squares_partial.wgsl?raw";
import { defineKernel, shaderConstant } from "./kernel.ts";

/** Stretches that a sum of squares is cut into. */
export const SUM_PARTS = shaderConstant(partialSource, "PARTS");

/** Sums of squares of equal stretches. */
export const sumSquaresPartialKernel = defineKernel({
  name: "sum_squares_partial",
  reads: ["input"],
  writes: ["partialSums"],
  params: { length: "u32" },
  variants: [{ entry: "sum_squares_partial", source: partialSource + flatIndex, invocations: () => SUM_PARTS }],
  simd: () => [{ entry: "sumSquaresPartial", units: SUM_PARTS }],

  reference({ input, partialSums }, { length }) {
    const stretch = Math.ceil(length / SUM_PARTS);
    for (let part = 0; part < SUM_PARTS; part++) {
      let sum = 0;
      for (let i = part * stretch; i < Math.min((part + 1) * stretch, length); i++) sum += input[i]! ** 2;
      partialSums[part] = sum;
    }
  },
});

/**
 * Norm of everything, beside the loss, and the factor that brings it down to a largest one. The factor is −1 from the first step on whose
 * norm or loss is not a finite number: updates stop there, so that what trains stays as it was before that step.
 */
export const clipFactorKernel = defineKernel({
  name: "clip_factor",
  reads: ["partialSums", "loss"],
  updates: ["clip"],
  writes: ["metrics"],
  params: { parts: "u32", maxNorm: "f32" },
  variants: [{ entry: "clip_factor", source: factorSource + finite + flatIndex, invocations: () => 1 }],
  simd: () => [{ entry: "clipFactor", units: 1 }],

  reference({ partialSums, loss, metrics, clip }, { parts, maxNorm }) {
    let sum = 0;
    for (let part = 0; part < parts; part++) sum += partialSums[part]!;
    const norm = Math.sqrt(sum);
    metrics[0] = loss[0]!;
    metrics[1] = norm;
    if (clip[0]! < 0) return;
    const factor = maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    clip[0] = Number.isFinite(sum) && Number.isFinite(loss[0]) ? factor : -1;
  },
});
