/**
 * A random word as a number in (0, 1), from its upper 23 bits: exactly a float32, so that host and shader agree
 * (`unit` in `shaders/lib/philox.wgsl`).
 */
export function unit(word: number): number {
  return ((word >>> 9) + 0.5) * 2 ** -23;
}
