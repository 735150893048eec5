// Sums down the columns of matrices: rows are added in order. A unit is 16 columns.
import { addTo, columnEnd, columnStart, element, load, store } from "./lanes";

export function sumRows(input: usize, out: usize, rows: u32, cols: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * cols;
  const end = columnEnd(to, cols);
  clear(out, from, end);
  for (let row: u32 = 0; row < rows; row++) {
    for (let at = columnStart(from); at < end; at += 16)
      addTo(out + at, load(input + row * bytes + at, end - at), end - at);
  }
}

export function layerNormScaleBackward(
  input: usize,
  statistics: usize,
  dOut: usize,
  dScale: usize,
  rows: u32,
  cols: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  const end = columnEnd(to, cols);
  clear(dScale, from, end);
  for (let row: u32 = 0; row < rows; row++) {
    const mean = f32x4.splat(element(statistics, 2 * row));
    const inverse = f32x4.splat(element(statistics, 2 * row + 1));
    for (let at = columnStart(from); at < end; at += 16) {
      const normal = f32x4.mul(f32x4.sub(load(input + row * bytes + at, end - at), mean), inverse);
      addTo(dScale + at, f32x4.mul(load(dOut + row * bytes + at, end - at), normal), end - at);
    }
  }
}

export function rmsNormScaleBackward(
  input: usize,
  inverse: usize,
  dOut: usize,
  dScale: usize,
  rows: u32,
  cols: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  const end = columnEnd(to, cols);
  clear(dScale, from, end);
  for (let row: u32 = 0; row < rows; row++) {
    const factor = f32x4.splat(element(inverse, row));
    for (let at = columnStart(from); at < end; at += 16) {
      const normal = f32x4.mul(load(input + row * bytes + at, end - at), factor);
      addTo(dScale + at, f32x4.mul(load(dOut + row * bytes + at, end - at), normal), end - at);
    }
  }
}

/** The gradient of an embedding: rows of equal number added up, in order. */
export function scatterAddRows(
  values: usize,
  ids: usize,
  out: usize,
  count: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  const end = columnEnd(to, width);
  for (let i: u32 = 0; i < count; i++) {
    const row = out + <u32>element(ids, i) * bytes;
    for (let at = columnStart(from); at < end; at += 16) {
      addTo(row + at, load(values + i * bytes + at, end - at), end - at);
    }
  }
}

function clear(out: usize, from: u32, end: usize): void {
  for (let at = columnStart(from); at < end; at += 16) store(out + at, f32x4.splat(0), end - at);
}
