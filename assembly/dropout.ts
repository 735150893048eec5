// Dropout by counter: Philox4x32-10 (Salmon et al., 2011), of which four counters are drawn at once.
import { blockEnd, blockStart, element, load, store } from "./lanes";
import { MICRO_BATCH, SEED_HIGH, SEED_LOW, STEP } from "./stepScalars";

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: u32 = 10;

/** Bytes that the words of four counters decide about. */
const STRETCH: usize = 64;

export function dropout(
  input: usize,
  stepScalars: usize,
  out: usize,
  length: u32,
  stream: u32,
  probability: f32,
  from: u32,
  to: u32,
): void {
  const seed = <u32>element(stepScalars, SEED_LOW) | ((<u32>element(stepScalars, SEED_HIGH)) << 16);
  const step = <u32>element(stepScalars, STEP);
  const microBatch = <u32>element(stepScalars, MICRO_BATCH);
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += STRETCH) {
    let c0 = i32x4.add(i32x4.splat(<i32>(at / 16)), i32x4(0, 1, 2, 3));
    let c1 = i32x4.splat(step);
    let c2 = i32x4.splat(microBatch);
    let c3 = i32x4.splat(1);
    let k0 = seed;
    let k1 = stream;
    for (let round: u32 = 0; round < ROUNDS; round++) {
      const high0 = productHigh(c0, MULTIPLIER_0);
      const high1 = productHigh(c2, MULTIPLIER_1);
      const low0 = i32x4.mul(c0, i32x4.splat(MULTIPLIER_0));
      const low1 = i32x4.mul(c2, i32x4.splat(MULTIPLIER_1));
      c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
      c1 = low1;
      c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
      c3 = low0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    // From the first words of four counters, the second ones, … to all words of the first counter, of the second, …
    const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
    keep(v128.shuffle<i64>(low01, low23, 0, 2), input + at, out + at, probability, end - at);
    if (end - at > 16)
      keep(v128.shuffle<i64>(low01, low23, 1, 3), input + at + 16, out + at + 16, probability, end - at - 16);
    if (end - at > 32)
      keep(v128.shuffle<i64>(high01, high23, 0, 2), input + at + 32, out + at + 32, probability, end - at - 32);
    if (end - at > 48)
      keep(v128.shuffle<i64>(high01, high23, 1, 3), input + at + 48, out + at + 48, probability, end - at - 48);
  }
}

/** The upper halves of the products of four words with a number. */
function productHigh(words: v128, multiplier: u32): v128 {
  const factor = i32x4.splat(multiplier);
  const low = i64x2.extmul_low_i32x4_u(words, factor);
  return v128.shuffle<i32>(low, i64x2.extmul_high_i32x4_u(words, factor), 1, 3, 5, 7);
}

/** Zeroes those of four elements whose word, as a number in (0, 1), is below the probability, and scales up the rest. */
function keep(words: v128, input: usize, out: usize, probability: f32, left: usize): void {
  const whole = f32x4.convert_i32x4_s(i32x4.shr_u(words, 9));
  const unit = f32x4.mul(f32x4.add(whole, f32x4.splat(0.5)), f32x4.splat(1.1920928955078125e-7));
  const grown = f32x4.div(load(input, left), f32x4.splat(1 - probability));
  store(out, v128.and(grown, f32x4.ge(unit, f32x4.splat(probability))), left);
}
