// Rows' tokens to one vector, padding left out, and the gradients. A unit is a row.
import { addTo, element, load, store, sumOver } from "./lanes";

export function meanPool(
  input: usize,
  mask: usize,
  out: usize,
  rows: u32,
  length: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let row = from; row < to; row++) {
    const result = out + row * bytes;
    for (let at: usize = 0; at < bytes; at += 16) store(result + at, f32x4.splat(0), bytes - at);
    for (let token = row * length; token < (row + 1) * length; token++) {
      const weight = f32x4.splat(element(mask, token));
      for (let at: usize = 0; at < bytes; at += 16) {
        addTo(result + at, f32x4.mul(weight, load(input + token * bytes + at, bytes - at)), bytes - at);
      }
    }
    const count = sumOver(mask + 4 * row * length, 4 * length);
    for (let at: usize = 0; at < bytes; at += 16) {
      const mean = f32x4.div(load(result + at, bytes - at), f32x4.splat(count));
      store(result + at, count === 0 ? f32x4.splat(0) : mean, bytes - at);
    }
  }
}

export function meanPoolBackward(
  mask: usize,
  dOut: usize,
  dInput: usize,
  rows: u32,
  length: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let row = from; row < to; row++) {
    const count = sumOver(mask + 4 * row * length, 4 * length);
    for (let token = row * length; token < (row + 1) * length; token++) {
      const weight = f32x4.splat(count === 0 ? 0 : element(mask, token) / count);
      for (let at: usize = 0; at < bytes; at += 16) {
        store(dInput + token * bytes + at, f32x4.mul(weight, load(dOut + row * bytes + at, bytes - at)), bytes - at);
      }
    }
  }
}

export function maxPool(
  input: usize,
  mask: usize,
  out: usize,
  places: usize,
  rows: u32,
  length: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let row = from; row < to; row++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      let best = f32x4.splat(0);
      let place = f32x4.splat(-1);
      for (let position: u32 = 0; position < length; position++) {
        const token = row * length + position;
        if (!(element(mask, token) > 0)) continue;
        const value = load(input + token * bytes + at, bytes - at);
        const isBetter = v128.or(f32x4.gt(value, best), f32x4.lt(place, f32x4.splat(0)));
        best = v128.bitselect(value, best, isBetter);
        place = v128.bitselect(f32x4.splat(<f32>position), place, isBetter);
      }
      store(out + row * bytes + at, best, bytes - at);
      store(places + row * bytes + at, place, bytes - at);
    }
  }
}

export function maxPoolBackward(
  places: usize,
  dOut: usize,
  dInput: usize,
  rows: u32,
  length: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let row = from; row < to; row++) {
    for (let position: u32 = 0; position < length; position++) {
      const token = dInput + (row * length + position) * bytes;
      for (let at: usize = 0; at < bytes; at += 16) {
        const isPlace = f32x4.eq(load(places + row * bytes + at, bytes - at), f32x4.splat(<f32>position));
        store(token + at, v128.and(load(dOut + row * bytes + at, bytes - at), isPlace), bytes - at);
      }
    }
  }
}
