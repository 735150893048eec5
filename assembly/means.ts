// Sums over everything: norms, and means by weights.
import { squaredError, squaredErrorBackward } from "./elementwise";
import { blockEnd, blockStart, blocksOf, dot, load, store, sumOf, sumOver } from "./lanes";

/** Stretches that sums are cut into, as in shaders/sum_squares_partial.wgsl and shaders/weighted_sums_partial.wgsl. */
const PARTS: u32 = 1024;

/** A unit is a stretch. */
export function sumSquaresPartial(input: usize, partialSums: usize, length: u32, from: u32, to: u32): void {
  const stretch = (length + PARTS - 1) / PARTS;
  for (let part = from; part < to; part++) {
    const first = min(part * stretch, length);
    const own = input + 4 * first;
    f32.store(partialSums + 4 * part, dot(own, own, 4 * min(stretch, length - first)));
  }
}

/** There is one unit. */
export function clipFactor(
  partialSums: usize,
  loss: usize,
  clip: usize,
  metrics: usize,
  parts: u32,
  maxNorm: f32,
  from: u32,
  to: u32,
): void {
  const sum = sumOver(partialSums, 4 * parts);
  const length: f32 = sqrt<f32>(sum);
  f32.store(metrics, f32.load(loss));
  f32.store(metrics + 4, length);
  if (f32.load(clip) < 0) return;
  const factor: f32 = maxNorm === 0 ? 1 : min<f32>(1, maxNorm / (length + 1e-6));
  f32.store(clip, isFinite<f32>(sum) && isFinite<f32>(f32.load(loss)) ? factor : -1);
}

/** There is one unit. */
export function weightedMean(values: usize, weights: usize, mean: usize, length: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * length;
  const weight = sumOver(weights, bytes);
  f32.store(mean, weight === 0 ? 0 : weightedSum(values, weights, bytes) / weight);
}

export function weightedMeanBackward(
  weights: usize,
  dMean: usize,
  dValues: usize,
  length: u32,
  from: u32,
  to: u32,
): void {
  shareOut(weights, f32.load(dMean), sumOver(weights, 4 * length), dValues, length, from, to);
}

/** There is one unit: rows are few. */
export function meanSquaredError(
  predictions: usize,
  targets: usize,
  weights: usize,
  losses: usize,
  mean: usize,
  dPredictions: usize,
  rows: u32,
  from: u32,
  to: u32,
): void {
  const blocks = blocksOf(rows);
  squaredError(predictions, targets, losses, rows, 0, blocks);
  weightedMean(losses, weights, mean, rows, from, to);
  shareOut(weights, 1, sumOver(weights, 4 * rows), dPredictions, rows, 0, blocks);
  squaredErrorBackward(predictions, targets, dPredictions, dPredictions, rows, 0, blocks);
}

/** A unit is a stretch. */
export function weightedSumsPartial(
  values: usize,
  weights: usize,
  sums: usize,
  totals: usize,
  length: u32,
  from: u32,
  to: u32,
): void {
  const stretch = (length + PARTS - 1) / PARTS;
  for (let part = from; part < to; part++) {
    const first = min(part * stretch, length);
    const bytes: usize = 4 * min(stretch, length - first);
    f32.store(sums + 4 * part, weightedSum(values + 4 * first, weights + 4 * first, bytes));
    f32.store(totals + 4 * part, sumOver(weights + 4 * first, bytes));
  }
}

/** There is one unit. */
export function meanOfSums(
  sums: usize,
  totals: usize,
  mean: usize,
  total: usize,
  parts: u32,
  from: u32,
  to: u32,
): void {
  const all = sumOver(totals, 4 * parts);
  f32.store(mean, all === 0 ? 0 : sumOver(sums, 4 * parts) / all);
  f32.store(total, all);
}

export function meanOfSumsBackward(
  weights: usize,
  total: usize,
  dMean: usize,
  dValues: usize,
  length: u32,
  from: u32,
  to: u32,
): void {
  shareOut(weights, f32.load(dMean), f32.load(total), dValues, length, from, to);
}

/** Σ value · weight; what weighs nothing may be any number, or none. */
function weightedSum(values: usize, weights: usize, bytes: usize): f32 {
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const weight = load(weights + at, bytes - at);
    const product = f32x4.mul(load(values + at, bytes - at), weight);
    sums = f32x4.add(sums, v128.and(product, f32x4.ne(weight, f32x4.splat(0))));
  }
  return sumOf(sums);
}

/** Of a mean's gradient, by weights, each value's part. A unit is a block of 64 elements. */
function shareOut(weights: usize, dMean: f32, whole: f32, dValues: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const part = f32x4.div(f32x4.mul(f32x4.splat(dMean), load(weights + at, end - at)), f32x4.splat(whole));
    store(dValues + at, whole === 0 ? f32x4.splat(0) : part, end - at);
  }
}
