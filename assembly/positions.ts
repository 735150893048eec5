// Where tokens stand: rotary positions, and biases by distance.
import { element, load, store } from "./lanes";

/** A unit is a head of a token. */
export function rope(
  input: usize,
  table: usize,
  out: usize,
  rows: u32,
  heads: u32,
  length: u32,
  width: u32,
  inputOffset: u32,
  inputRow: u32,
  inputHead: u32,
  inputPosition: u32,
  outRow: u32,
  outHead: u32,
  outPosition: u32,
  inverse: u32,
  from: u32,
  to: u32,
): void {
  const half: usize = 2 * width;
  const sign = f32x4.splat(inverse ? -1 : 1);
  for (let line = from; line < to; line++) {
    const position = line % length;
    const head = (line / length) % heads;
    const row = line / (length * heads);
    const own = input + 4 * (inputOffset + row * inputRow + head * inputHead + position * inputPosition);
    const result = out + 4 * (row * outRow + head * outHead + position * outPosition);
    const angles = table + 4 * position * width;
    for (let at: usize = 0; at < half; at += 16) {
      const left = half - at;
      const cosine = load(angles + at, left);
      const sine = f32x4.mul(load(angles + half + at, left), sign);
      const a = load(own + at, left);
      const b = load(own + half + at, left);
      store(result + at, f32x4.sub(f32x4.mul(a, cosine), f32x4.mul(b, sine)), left);
      store(result + half + at, f32x4.add(f32x4.mul(b, cosine), f32x4.mul(a, sine)), left);
    }
  }
}

/** A unit is a query of a head. */
export function relativeBias(
  table: usize,
  buckets: usize,
  out: usize,
  heads: u32,
  queries: u32,
  keys: u32,
  reach: u32,
  from: u32,
  to: u32,
): void {
  for (let line = from; line < to; line++) {
    const head = line / queries;
    for (let key: u32 = 0; key < keys; key++) {
      const bucket = bucketOf(buckets, key - (line % queries), reach);
      f32.store(out + 4 * (line * keys + key), element(table, bucket * heads + head));
    }
  }
}

/** A unit is a head. */
export function relativeBiasBackward(
  dOut: usize,
  buckets: usize,
  dTable: usize,
  heads: u32,
  queries: u32,
  keys: u32,
  reach: u32,
  entries: u32,
  from: u32,
  to: u32,
): void {
  for (let head = from; head < to; head++) {
    for (let entry: u32 = 0; entry < entries; entry++) f32.store(dTable + 4 * (entry * heads + head), 0);
    for (let query: u32 = 0; query < queries; query++) {
      for (let key: u32 = 0; key < keys; key++) {
        const place = dTable + 4 * (bucketOf(buckets, key - query, reach) * heads + head);
        f32.store(place, f32.load(place) + element(dOut, (head * queries + query) * keys + key));
      }
    }
  }
}

function bucketOf(buckets: usize, distance: i32, reach: i32): u32 {
  return <u32>element(buckets, max(-reach, min(reach, distance)) + reach);
}
