import source from "../../../shaders/gelu.wgsl?raw";
import backwardSource from "../../../shaders/gelu_backward.wgsl?raw";
import erfSource from "../../../shaders/lib/erf.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import geluSource from "../../../shaders/lib/gelu.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** The functions `gelu_of` and `gelu_slope`, of which the override TANH says which GELU they are. */
export const geluFunctions = geluSource + erfSource;

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** Gaussian error linear unit, exact (erf) or by tanh. */
export const geluKernel = defineKernel({
  name: "gelu",
  reads: ["input"],
  writes: ["out"],
  params: { length: "u32" },
  flags: ["tanh"],
  variants: [{ entry: "gelu", source: source + flatIndex + geluFunctions, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "gelu", units: flatUnits(length) }],

  reference({ input, out }, { length }, { tanh }) {
    for (let i = 0; i < length; i++) out[i] = geluOf(input[i]!, tanh);
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
    { entry: "gelu_backward", source: backwardSource + flatIndex + geluFunctions, invocations: ({ length }) => length },
  ],
  simd: ({ length }) => [{ entry: "geluBackward", units: flatUnits(length) }],

  reference({ input, dOut, dInput }, { length }, { tanh }) {
    for (let i = 0; i < length; i++) dInput[i] = dOut[i]! * geluSlope(input[i]!, tanh);
  },
});

/** To float64 accuracy. */
export function geluOf(x: number, tanh: boolean): number {
  return x * (tanh ? logistic(2 * SQRT_2_OVER_PI * (x + CUBIC * x * x * x)) : normalCdf(x));
}

/** Its derivative. */
export function geluSlope(x: number, tanh: boolean): number {
  if (!tanh) return normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
  const share = logistic(2 * SQRT_2_OVER_PI * (x + CUBIC * x * x * x));
  return share + 2 * x * share * (1 - share) * SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
}

/** ½ (1 + tanh(x / 2)), in a third of the time. */
function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Points at which the normal distribution is known lie this close, up to REACH on either side. */
const SPACING = 1 / 64;
const REACH = 8;

/** At k · SPACING − REACH: P(N(0, 1) < x), and its density. */
let grid: { readonly below: Float64Array; readonly density: Float64Array } | undefined;

function makeGrid() {
  const points = Array.from({ length: (2 * REACH) / SPACING + 1 }, (_, k) => k * SPACING - REACH);
  return {
    below: Float64Array.from(points, normalCdfBySeries),
    density: Float64Array.from(points, (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)),
  };
}

/**
 * P(N(0, 1) < x) to float64 accuracy: Taylor's series about the nearest point of a grid, whose derivatives are the
 * density times Hermite polynomials (Abramowitz and Stegun, 26.2.31). The CPU trains with this too.
 */
function normalCdf(x: number): number {
  if (!(Math.abs(x) < REACH)) return normalCdfBySeries(x);
  grid ??= makeGrid();
  const at = Math.round((x + REACH) / SPACING);
  const center = at * SPACING - REACH;
  const h = x - center;
  let [before, hermite, power, sum] = [0, 1, h, h];
  for (let n = 1; n < 8; n++) {
    [before, hermite] = [hermite, -center * hermite - (n - 1) * before];
    power *= h / (n + 1);
    sum += hermite * power;
  }
  return grid.below[at]! + grid.density[at]! * sum;
}

/**
 * The same by the power series of erf near zero and the continued fraction of erfc further out (Abramowitz and Stegun,
 * 7.1.6 and 7.1.14).
 */
function normalCdfBySeries(x: number): number {
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
