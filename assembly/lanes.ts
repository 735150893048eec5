// Stretches of float32 numbers, taken four at a time. Places and lengths are in bytes.

/** Bytes of a unit of work of kernels that look at one element at a time: 64 elements. */
const BLOCK: usize = 256;

/** Bytes of a unit of work of kernels that sum down columns: 16 columns, a line of the cache. */
const COLUMNS: usize = 64;

/** Where the first of these blocks of elements starts. */
export function blockStart(from: u32): usize {
  return from * BLOCK;
}

/** Where the blocks before `to` end, or all elements do. */
export function blockEnd(to: u32, length: u32): usize {
  return min(to * BLOCK, 4 * length);
}

/** How many of these blocks there are. */
export function blocksOf(length: u32): u32 {
  return (length + 63) / 64;
}

export function columnStart(from: u32): usize {
  return from * COLUMNS;
}

export function columnEnd(to: u32, cols: u32): usize {
  return min(to * COLUMNS, 4 * cols);
}

/** The next four numbers; zeros in place of those beyond the `left` bytes that are left. */
export function load(at: usize, left: usize): v128 {
  return left >= 16 ? v128.load(at) : loadFew(at, left);
}

function loadFew(start: usize, left: usize): v128 {
  let values = f32x4.splat(0);
  for (let at = start + left; at > start; ) {
    at -= 4;
    values = v128.load_lane<f32>(at, v128.shuffle<f32>(values, values, 0, 0, 1, 2), 0);
  }
  return values;
}

/** Stores those of four numbers that lie within the `left` bytes that are left. */
export function store(at: usize, values: v128, left: usize): void {
  if (left >= 16) v128.store(at, values);
  else storeFew(at, values, left);
}

function storeFew(start: usize, values: v128, left: usize): void {
  for (let at = start; at < start + left; at += 4) {
    v128.store_lane<f32>(at, values, 0);
    values = v128.shuffle<f32>(values, values, 1, 2, 3, 0);
  }
}

/** Which of four numbers lie within the `left` bytes that are left. */
export function isWithin(left: usize): v128 {
  return i32x4.lt_u(i32x4(0, 4, 8, 12), i32x4.splat(<i32>left));
}

/** The sum of four numbers, always in this order. */
export function sumOf(values: v128): f32 {
  const pairs = f32x4.add(values, v128.shuffle<f32>(values, values, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of four numbers. */
export function largestOf(values: v128): f32 {
  const pairs = f32x4.pmax(values, v128.shuffle<f32>(values, values, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The sum of all numbers of so many bytes, by eight sums of every eighth. */
export function sumOver(values: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    even = f32x4.add(even, v128.load(values + at));
    odd = f32x4.add(odd, load(values + at + 16, bytes - at - 16));
  }
  if (at < bytes) even = f32x4.add(even, load(values + at, bytes - at));
  return sumOf(f32x4.add(even, odd));
}

/** Σ a · b over so many bytes, by eight sums of every eighth. */
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    const left = bytes - at - 16;
    even = f32x4.add(even, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    odd = f32x4.add(odd, f32x4.mul(load(a + at + 16, left), load(b + at + 16, left)));
  }
  if (at < bytes) even = f32x4.add(even, f32x4.mul(load(a + at, bytes - at), load(b + at, bytes - at)));
  return sumOf(f32x4.add(even, odd));
}

/** a · x + b · y. */
export function mix(a: f32, x: v128, b: f32, y: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.splat(a), x), f32x4.mul(f32x4.splat(b), y));
}

/** Adds four numbers to those that stand somewhere, as far as they lie within the `left` bytes that are left. */
export function addTo(at: usize, values: v128, left: usize): void {
  store(at, f32x4.add(load(at, left), values), left);
}

/** A number of a tensor. */
export function element(tensor: usize, at: u32): f32 {
  return f32.load(tensor + 4 * at);
}
