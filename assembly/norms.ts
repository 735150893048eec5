// Normalisation of rows and its gradients with respect to the input. A unit is a row.
import { dot, element, isWithin, load, store, sumOf, sumOver } from "./lanes";

export function layerNorm(
  input: usize,
  scale: usize,
  bias: usize,
  out: usize,
  statistics: usize,
  rows: u32,
  cols: u32,
  epsilon: f32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const result = out + row * bytes;
    const mean = sumOver(own, bytes) / <f32>cols;
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const centered = f32x4.sub(load(own + at, bytes - at), f32x4.splat(mean));
      squares = f32x4.add(squares, v128.and(f32x4.mul(centered, centered), isWithin(bytes - at)));
    }
    const inverse: f32 = 1 / sqrt<f32>(sumOf(squares) / <f32>cols + epsilon);
    for (let at: usize = 0; at < bytes; at += 16) {
      const centered = f32x4.sub(load(own + at, bytes - at), f32x4.splat(mean));
      const scaled = f32x4.mul(f32x4.mul(centered, f32x4.splat(inverse)), load(scale + at, bytes - at));
      store(result + at, f32x4.add(scaled, load(bias + at, bytes - at)), bytes - at);
    }
    f32.store(statistics + 8 * row, mean);
    f32.store(statistics + 8 * row, inverse, 4);
  }
}

export function layerNormBackward(
  input: usize,
  scale: usize,
  statistics: usize,
  dOut: usize,
  sum: usize,
  dInput: usize,
  rows: u32,
  cols: u32,
  sumStep: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const gradient = dOut + row * bytes;
    const mean = f32x4.splat(element(statistics, 2 * row));
    const inverse = f32x4.splat(element(statistics, 2 * row + 1));
    let totals = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const passed = f32x4.mul(load(gradient + at, bytes - at), load(scale + at, bytes - at));
      const normal = f32x4.mul(f32x4.sub(load(own + at, bytes - at), mean), inverse);
      totals = f32x4.add(totals, passed);
      products = f32x4.add(products, f32x4.mul(passed, normal));
    }
    const total = f32x4.splat(sumOf(totals) / <f32>cols);
    const product = f32x4.splat(sumOf(products) / <f32>cols);
    for (let at: usize = 0; at < bytes; at += 16) {
      const passed = f32x4.mul(load(gradient + at, bytes - at), load(scale + at, bytes - at));
      const normal = f32x4.mul(f32x4.sub(load(own + at, bytes - at), mean), inverse);
      const result = f32x4.sub(f32x4.sub(passed, total), f32x4.mul(normal, product));
      const before = sumBefore(sum, sumStep, row * bytes + at, bytes - at);
      store(dInput + row * bytes + at, f32x4.add(f32x4.mul(inverse, result), before), bytes - at);
    }
  }
}

export function rmsNorm(
  input: usize,
  scale: usize,
  out: usize,
  inverse: usize,
  rows: u32,
  cols: u32,
  epsilon: f32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const factor: f32 = 1 / sqrt<f32>(dot(own, own, bytes) / <f32>cols + epsilon);
    for (let at: usize = 0; at < bytes; at += 16) {
      const normal = f32x4.mul(load(own + at, bytes - at), f32x4.splat(factor));
      store(out + row * bytes + at, f32x4.mul(normal, load(scale + at, bytes - at)), bytes - at);
    }
    f32.store(inverse + 4 * row, factor);
  }
}

export function rmsNormBackward(
  input: usize,
  scale: usize,
  inverse: usize,
  dOut: usize,
  sum: usize,
  dInput: usize,
  rows: u32,
  cols: u32,
  sumStep: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const gradient = dOut + row * bytes;
    const factor = f32x4.splat(element(inverse, row));
    let products = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const passed = f32x4.mul(load(gradient + at, bytes - at), load(scale + at, bytes - at));
      products = f32x4.add(products, f32x4.mul(passed, f32x4.mul(load(own + at, bytes - at), factor)));
    }
    const product = f32x4.splat(sumOf(products) / <f32>cols);
    for (let at: usize = 0; at < bytes; at += 16) {
      const passed = f32x4.mul(load(gradient + at, bytes - at), load(scale + at, bytes - at));
      const normal = f32x4.mul(load(own + at, bytes - at), factor);
      const result = f32x4.mul(factor, f32x4.sub(passed, f32x4.mul(normal, product)));
      const before = sumBefore(sum, sumStep, row * bytes + at, bytes - at);
      store(dInput + row * bytes + at, f32x4.add(result, before), bytes - at);
    }
  }
}

/** What a gradient is added to: as many numbers as it has, or with a step of 0 one for all. */
function sumBefore(sum: usize, step: u32, at: usize, left: usize): v128 {
  return step === 0 ? v128.load32_splat(sum) : load(sum + at, left);
}
