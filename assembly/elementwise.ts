// One element at a time: sums, products, and what else needs no neighbour.
import { blockEnd, blockStart, load, store } from "./lanes";

export function add(a: usize, b: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, f32x4.add(load(a + at, end - at), load(b + at, end - at)), end - at);
  }
}

export function subtract(a: usize, b: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, f32x4.sub(load(a + at, end - at), load(b + at, end - at)), end - at);
  }
}

export function multiply(a: usize, b: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, f32x4.mul(load(a + at, end - at), load(b + at, end - at)), end - at);
  }
}

export function fill(out: usize, length: u32, value: f32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) store(out + at, f32x4.splat(value), end - at);
}

export function squaredError(predictions: usize, targets: usize, loss: usize, rows: u32, from: u32, to: u32): void {
  const end = blockEnd(to, rows);
  for (let at = blockStart(from); at < end; at += 16) {
    const error = f32x4.sub(load(predictions + at, end - at), load(targets + at, end - at));
    store(loss + at, f32x4.mul(error, error), end - at);
  }
}

export function squaredErrorBackward(
  predictions: usize,
  targets: usize,
  dLoss: usize,
  dPredictions: usize,
  rows: u32,
  from: u32,
  to: u32,
): void {
  const end = blockEnd(to, rows);
  for (let at = blockStart(from); at < end; at += 16) {
    const error = f32x4.sub(load(predictions + at, end - at), load(targets + at, end - at));
    const doubled = f32x4.mul(f32x4.splat(2), load(dLoss + at, end - at));
    store(dPredictions + at, f32x4.mul(doubled, error), end - at);
  }
}

/** out = input ⊙ scales + shifts; a unit is a row of a matrix. */
export function scaled(
  input: usize,
  scales: usize,
  shifts: usize,
  out: usize,
  rows: u32,
  cols: u32,
  length: u32,
  inputOffset: u32,
  inputOuter: u32,
  inputRow: u32,
  inputCol: u32,
  scalesOffset: u32,
  scalesOuter: u32,
  scalesRow: u32,
  scalesCol: u32,
  shiftsOffset: u32,
  shiftsOuter: u32,
  shiftsRow: u32,
  shiftsCol: u32,
  from: u32,
  to: u32,
): void {
  for (let line = from; line < to; line++) {
    const outer = line / rows;
    const row = line % rows;
    const x = input + 4 * (inputOffset + outer * inputOuter + row * inputRow);
    const scale = scales + 4 * (scalesOffset + outer * scalesOuter + row * scalesRow);
    const shift = shifts + 4 * (shiftsOffset + outer * shiftsOuter + row * shiftsRow);
    const own = out + 4 * line * cols;
    for (let col: u32 = 0; col < cols; col += 4) {
      const left = min(4, cols - col);
      const product = f32x4.mul(loadSpread(x, inputCol, col, left), loadSpread(scale, scalesCol, col, left));
      store(own + 4 * col, f32x4.add(product, loadSpread(shift, shiftsCol, col, left)), 4 * left);
    }
  }
}

/** Up to four numbers of a line, so many elements apart. */
function loadSpread(line: usize, stride: u32, at: u32, left: u32): v128 {
  const start = line + 4 * at * stride;
  if (stride === 0) return v128.load32_splat(start);
  return stride === 1 && left === 4 ? v128.load(start) : loadApart(start, stride, left);
}

function loadApart(start: usize, stride: u32, count: u32): v128 {
  let values = f32x4.splat(0);
  for (let lane = count; lane > 0; lane--) {
    values = v128.load_lane<f32>(start + 4 * (lane - 1) * stride, v128.shuffle<f32>(values, values, 0, 0, 1, 2), 0);
  }
  return values;
}
