// Copies by strides.
import { load, store } from "./lanes";

/** A unit is a line: what lies along the last of the four axes. */
export function copyStrided(
  input: usize,
  out: usize,
  size0: u32,
  size1: u32,
  size2: u32,
  size3: u32,
  fromOffset: u32,
  from0: u32,
  from1: u32,
  from2: u32,
  from3: u32,
  toOffset: u32,
  to0: u32,
  to1: u32,
  to2: u32,
  to3: u32,
  from: u32,
  to: u32,
): void {
  for (let line = from; line < to; line++) {
    const i2 = line % size2;
    const i1 = (line / size2) % size1;
    const i0 = line / (size2 * size1);
    const source = input + 4 * (fromOffset + i0 * from0 + i1 * from1 + i2 * from2);
    const target = out + 4 * (toOffset + i0 * to0 + i1 * to1 + i2 * to2);
    if (from3 === 1 && to3 === 1) {
      const bytes: usize = 4 * size3;
      for (let at: usize = 0; at < bytes; at += 16) store(target + at, load(source + at, bytes - at), bytes - at);
    } else {
      for (let i3: u32 = 0; i3 < size3; i3++) {
        f32.store(target + 4 * i3 * to3, f32.load(source + 4 * i3 * from3));
      }
    }
  }
}
