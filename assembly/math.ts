// Functions of four float32 numbers at a time, by polynomials that are minimax on their range (Remez). Multiplications and
// additions stay apart, so that every machine gives the same bits. Errors are stated in units in the last place (ulp) of
// the float32 that is nearest to the true value; each was measured over every float32 there is.

/** log₂ e, and ln 2 in two parts of which the first is short: its products with whole numbers up to 2¹⁴ are exact. */
const LOG2_E: f32 = Mathf.LOG2E;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/** Adding it rounds to a whole number, which then stands in the lowest bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

const ONE_BITS: i32 = 0x3f800000;
const SQRT_HALF_BITS: i32 = 0x3f3504f3;

/** sum · x + coefficient: one step of Horner's rule. */
function horner(sum: v128, x: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(coefficient));
}

/** eˣ: of n = round(x / ln 2), 2ⁿ times a polynomial in the rest. Error ≤ 1 ulp, with results that are subnormal. */
export function exp4(x: v128): v128 {
  // Beyond, the result is infinite or zero; as first operands, numbers that are none stay what they are.
  const held = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const shifted = horner(held, f32x4.splat(LOG2_E), ROUNDER);
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  const coarse = f32x4.sub(held, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  const rest = f32x4.sub(coarse, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let sum = f32x4.splat(1.38138805e-3);
  sum = horner(sum, rest, 8.36906303e-3);
  sum = horner(sum, rest, 4.16684225e-2);
  sum = horner(sum, rest, 0.166665182);
  sum = horner(sum, rest, 0.49999994);
  const power = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(rest, rest), sum), rest), f32x4.splat(1));
  // 2ⁿ may be no float32 where the result is one; its halves always are.
  const whole = i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** 2ⁿ of whole numbers from −126 to 127. */
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), i32x4.splat(ONE_BITS));
}

/** Natural logarithm: of x = 2ⁿ · m with m from √½ to √2, n ln 2 and a polynomial in m − 1. Error ≤ 1 ulp. */
export function log4(x: v128): v128 {
  const isSubnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(16777216)), x, isSubnormal);
  const bits = i32x4.sub(normal, i32x4.splat(SQRT_HALF_BITS));
  const exponent = i32x4.add(i32x4.shr_s(bits, 23), v128.and(isSubnormal, i32x4.splat(-24)));
  const n = f32x4.convert_i32x4_s(exponent);
  const mantissa = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(SQRT_HALF_BITS));
  const rest = f32x4.sub(mantissa, f32x4.splat(1));
  let sum = f32x4.splat(6.7466341e-2);
  sum = horner(sum, rest, -0.116756454);
  sum = horner(sum, rest, 0.11888162);
  sum = horner(sum, rest, -0.1240559);
  sum = horner(sum, rest, 0.142195523);
  sum = horner(sum, rest, -0.166679963);
  sum = horner(sum, rest, 0.200021192);
  sum = horner(sum, rest, -0.250000089);
  sum = horner(sum, rest, 0.333333135);
  const square = f32x4.mul(rest, rest);
  const tail = f32x4.add(f32x4.mul(f32x4.mul(square, rest), sum), f32x4.mul(n, f32x4.splat(LN2_LOW)));
  const fraction = f32x4.add(f32x4.sub(tail, f32x4.mul(square, f32x4.splat(0.5))), rest);
  let result = f32x4.add(fraction, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  result = v128.bitselect(x, result, f32x4.eq(x, f32x4.splat(Infinity)));
  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(result, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

/** Hyperbolic tangent: odd polynomial below 0.625, 1 − 2 / (e²ˣ + 1) from there on. Error ≤ 2 ulp. */
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let sum = f32x4.splat(-5.70498686e-3);
  sum = horner(sum, square, 2.0639088e-2);
  sum = horner(sum, square, -5.37397154e-2);
  sum = horner(sum, square, 0.133314416);
  sum = horner(sum, square, -0.333332807);
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, square), sum));
  const power = exp4(f32x4.add(size, size));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(power, f32x4.splat(1))));
  return v128.bitselect(near, withSignOf(x, far), f32x4.lt(size, f32x4.splat(0.625)));
}

/** Error function: odd polynomial below 1, a polynomial about 2.46875 up to 3.9375, 1 from there on. Error ≤ 2 ulp. */
export function erf4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let sum = f32x4.splat(7.85386073e-5);
  sum = horner(sum, square, -8.01019371e-4);
  sum = horner(sum, square, 5.18832775e-3);
  sum = horner(sum, square, -2.6853811e-2);
  sum = horner(sum, square, 0.112835854);
  sum = horner(sum, square, -0.37612626);
  sum = horner(sum, square, 0.128379166);
  const near = f32x4.add(x, f32x4.mul(x, sum));
  const size = f32x4.abs(x);
  const from = f32x4.sub(f32x4.pmin(size, f32x4.splat(3.9375)), f32x4.splat(2.46875));
  sum = f32x4.splat(1.04693481e-6);
  sum = horner(sum, from, 2.03705696e-7);
  sum = horner(sum, from, -1.6985563e-5);
  sum = horner(sum, from, 2.30415299e-5);
  sum = horner(sum, from, 7.72348067e-5);
  sum = horner(sum, from, -2.93237885e-4);
  sum = horner(sum, from, 3.33735661e-4);
  sum = horner(sum, from, 4.83813492e-4);
  sum = horner(sum, from, -2.90907547e-3);
  sum = horner(sum, from, 6.64589601e-3);
  sum = horner(sum, from, -9.619819e-3);
  sum = horner(sum, from, 9.4906697e-3);
  sum = horner(sum, from, -6.28095586e-3);
  sum = horner(sum, from, 2.54411274e-3);
  const far = horner(sum, from, 0.999519408);
  return v128.bitselect(near, withSignOf(x, far), f32x4.lt(size, f32x4.splat(1)));
}

/** Numbers that are not negative, with the sign of `x`. */
function withSignOf(x: v128, size: v128): v128 {
  return v128.or(size, v128.and(x, i32x4.splat(i32.MIN_VALUE)));
}
