import source from "../../../shaders/gelu.wgsl?raw";
import backwardSource from "../../../shaders/gelu_backward.wgsl?raw";
import erfSource from "../../../shaders/lib/erf.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** Gaussian error linear unit, exact (erf) or by tanh. */
export const geluKernel = defineKernel({
  name: "gelu",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  flags: ["tanh"],
  variants: [{ entry: "gelu", source: source + flatIndex + erfSource, invocations: ({ length }) => length }],

  reference({ input, out }, { length }, { tanh }) {
    for (let i = 0; i < length; i++) {
      const x = input[i]!;
      out[i] = tanh ? 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x ** 3))) : x * normalCdf(x);
    }
  },
});

/** Its gradient. */
export const geluBackwardKernel = defineKernel({
  name: "gelu_backward",
  reads: ["input", "dOut"],
  writes: ["dInput"],
  params: { length: "u32" },
  flags: ["tanh"],
  variants: [
    { entry: "gelu_backward", source: backwardSource + flatIndex + erfSource, invocations: ({ length }) => length },
  ],

  reference({ input, dOut, dInput }, { length }, { tanh }) {
    for (let i = 0; i < length; i++) {
      const x = input[i]!;
      const t = Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x ** 3));
      const slope = tanh
        ? 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x)
        : normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
      dInput[i] = dOut[i]! * slope;
    }
  },
});

/**
 * P(N(0, 1) < x) to float64 accuracy: the power series of erf near zero, the continued fraction of erfc further out
 * (Abramowitz and Stegun, 7.1.6 and 7.1.14).
 */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let tail: number;
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 200; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    tail = 0.5 - (Math.exp(-z * z) * sum) / Math.sqrt(Math.PI);
  } else {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
    tail = (0.5 * Math.exp(-z * z)) / Math.sqrt(Math.PI) / (z + fraction);
  }
  return x < 0 ? tail : 1 - tail;
}
