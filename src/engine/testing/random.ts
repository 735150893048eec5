/** Reproducible noise in [-1, 1) for tests (mulberry32), rounded to float32 so that every device sees the same. */
export function testNumbers(length: number, seed: number): Float64Array {
  let state = (seed * 0x9e3779b9) >>> 0;
  return Float64Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.fround(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1);
  });
}
