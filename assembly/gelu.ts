// The Gaussian error linear unit (Hendrycks and Gimpel, 2016), and its slope: by tanh, as in GPT-2, or exact, as in BERT.
import { blockEnd, blockStart, load, store } from "./lanes";
import { erf4, exp4 } from "./math";

const SQRT_HALF: f32 = Mathf.SQRT1_2;
const SQRT_2_OVER_PI: f32 = 0.797884561;
const DENSITY_AT_ZERO: f32 = 0.39894228;
const CUBIC: f32 = 0.044715;

export function gelu(input: usize, out: usize, length: u32, tanh: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, gelu4(load(input + at, end - at), tanh), end - at);
  }
}

export function geluBackward(
  input: usize,
  dOut: usize,
  dInput: usize,
  length: u32,
  tanh: u32,
  from: u32,
  to: u32,
): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const slope = geluSlope4(load(input + at, end - at), tanh);
    store(dInput + at, f32x4.mul(load(dOut + at, end - at), slope), end - at);
  }
}

export function gelu4(x: v128, tanh: u32): v128 {
  return f32x4.mul(x, tanh ? share(x) : normalCdf(x));
}

export function geluSlope4(x: v128, tanh: u32): v128 {
  const square = f32x4.mul(x, x);
  if (tanh) {
    const own = share(x);
    const rest = f32x4.sub(f32x4.splat(1), own);
    const inner = f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(3 * CUBIC), square));
    const slope = f32x4.mul(f32x4.mul(own, rest), f32x4.mul(f32x4.splat(2 * SQRT_2_OVER_PI), inner));
    return f32x4.add(own, f32x4.mul(x, slope));
  }
  const density = f32x4.mul(f32x4.splat(DENSITY_AT_ZERO), exp4(f32x4.mul(f32x4.splat(-0.5), square)));
  return f32x4.add(normalCdf(x), f32x4.mul(x, density));
}

/** ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), as a logistic function. */
function share(x: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(f32x4.mul(f32x4.splat(CUBIC), x), x), x);
  const power = exp4(f32x4.mul(f32x4.splat(-2 * SQRT_2_OVER_PI), f32x4.add(x, cube)));
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), power));
}

/** ½ (1 + erf(x / √2)). */
function normalCdf(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.add(half, f32x4.mul(half, erf4(f32x4.mul(x, f32x4.splat(SQRT_HALF)))));
}
