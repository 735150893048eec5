import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/normalize_stack.wgsl?raw";
import partialSource from "../../../shaders/stack_squares_partial.wgsl?raw";
import { defineKernel, flatUnits, shaderConstant } from "./kernel.ts";

/** Stretches that the sum of squares of a matrix is cut into. */
export const STACK_PARTS = shaderConstant(partialSource, "PARTS");

/** Sums of squares of equal stretches of every matrix. */
export const stackSquaresPartialKernel = defineKernel({
  name: "stack_squares_partial",
  reads: ["input"],
  writes: ["partialSums"],
  params: { count: "u32", size: "u32", stride: "u32" },
  variants: [
    {
      entry: "stack_squares_partial",
      source: partialSource + flatIndex,
      invocations: ({ count }) => count * STACK_PARTS,
    },
  ],
  simd: ({ count }) => [{ entry: "stackSquaresPartial", units: count * STACK_PARTS }],

  reference({ input, partialSums }, { count, size, stride }) {
    const stretch = Math.ceil(size / STACK_PARTS);
    for (let i = 0; i < count * STACK_PARTS; i++) {
      const start = Math.floor(i / STACK_PARTS) * stride;
      const first = (i % STACK_PARTS) * stretch;
      let sum = 0;
      for (let at = first; at < Math.min(first + stretch, size); at++) sum += input[start + at]! ** 2;
      partialSums[i] = sum;
    }
  },
});

/** Every matrix divided by its Frobenius norm, and a little more. */
export const normalizeStackKernel = defineKernel({
  name: "normalize_stack",
  reads: ["input", "partialSums"],
  writes: ["out"],
  params: { count: "u32", size: "u32", stride: "u32", epsilon: "f32" },
  variants: [{ entry: "normalize_stack", source: source + flatIndex, invocations: ({ count, size }) => count * size }],
  simd: ({ count, size }) => [{ entry: "normalizeStack", units: count * flatUnits(size) }],

  reference({ input, partialSums, out }, { count, size, stride, epsilon }) {
    for (let matrix = 0; matrix < count; matrix++) {
      let sum = 0;
      for (let part = 0; part < STACK_PARTS; part++) sum += partialSums[matrix * STACK_PARTS + part]!;
      for (let at = matrix * stride; at < matrix * stride + size; at++)
        out[at] = input[at]! / (Math.sqrt(sum) + epsilon);
    }
  },
});
