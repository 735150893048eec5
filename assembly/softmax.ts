// Softmax over rows, of attention scores and of logits, and the gradients. A unit is a row.
import { dot, element, isWithin, largestOf, load, store, sumOf } from "./lanes";
import { exp4, log4 } from "./math";

export function attentionSoftmax(
  scores: usize,
  mask: usize,
  out: usize,
  rows: u32,
  heads: u32,
  queries: u32,
  keys: u32,
  causal: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * keys;
  for (let query = from; query < to; query++) {
    const own = scores + query * bytes;
    const seen = mask + (query / (heads * queries)) * bytes;
    const result = out + query * bytes;
    const end = causal ? min(bytes, 4 * (1 + (query % queries))) : bytes;
    let largest = f32x4.splat(-Infinity);
    for (let at: usize = 0; at < end; at += 16) {
      const score = v128.bitselect(load(own + at, end - at), f32x4.splat(-Infinity), isSeen(seen + at, end - at));
      largest = f32x4.pmax(largest, score);
    }
    largest = f32x4.splat(largestOf(largest));
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < end; at += 16) {
      const share = exp4(f32x4.sub(load(own + at, end - at), largest));
      const kept = v128.and(share, isSeen(seen + at, end - at));
      sums = f32x4.add(sums, kept);
      store(result + at, kept, end - at);
    }
    const sum = sumOf(sums);
    // A query that sees no key takes nothing of any.
    const whole = f32x4.splat(sum === 0 ? 1 : sum);
    for (let at: usize = 0; at < end; at += 16) {
      store(result + at, f32x4.div(load(result + at, end - at), whole), end - at);
    }
    for (let at: usize = end; at < bytes; at += 16) store(result + at, f32x4.splat(0), bytes - at);
  }
}

/** Which of the next four keys are no padding. */
function isSeen(mask: usize, left: usize): v128 {
  return f32x4.ne(load(mask, left), f32x4.splat(0));
}

export function softmaxBackward(p: usize, dOut: usize, dScores: usize, rows: u32, cols: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const shares = p + row * bytes;
    const gradients = dOut + row * bytes;
    const product = f32x4.splat(dot(shares, gradients, bytes));
    for (let at: usize = 0; at < bytes; at += 16) {
      const own = f32x4.sub(load(gradients + at, bytes - at), product);
      store(dScores + row * bytes + at, f32x4.mul(load(shares + at, bytes - at), own), bytes - at);
    }
  }
}

export function crossEntropy(
  logits: usize,
  labels: usize,
  loss: usize,
  rows: u32,
  classes: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * classes;
  for (let row = from; row < to; row++) {
    const own = logits + row * bytes;
    const largest = largestIn(own, bytes);
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const share = exp4(f32x4.sub(load(own + at, bytes - at), f32x4.splat(largest)));
      sums = f32x4.add(sums, v128.and(share, isWithin(bytes - at)));
    }
    const level = f32x4.extract_lane(log4(f32x4.splat(sumOf(sums))), 0) + largest;
    f32.store(loss + 4 * row, level - element(own, <u32>element(labels, row)));
  }
}

export function crossEntropyBackward(
  logits: usize,
  labels: usize,
  dLoss: usize,
  dLogits: usize,
  rows: u32,
  classes: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * classes;
  for (let row = from; row < to; row++) {
    const own = logits + row * bytes;
    const gradient = dLogits + row * bytes;
    const largest = f32x4.splat(largestIn(own, bytes));
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const share = exp4(f32x4.sub(load(own + at, bytes - at), largest));
      sums = f32x4.add(sums, v128.and(share, isWithin(bytes - at)));
      store(gradient + at, share, bytes - at);
    }
    const sum = sumOf(sums);
    const weight = element(dLoss, row);
    const label = 4 * <u32>element(labels, row);
    const labelShare = f32.load(gradient + label);
    for (let at: usize = 0; at < bytes; at += 16) {
      const share = f32x4.div(load(gradient + at, bytes - at), f32x4.splat(sum));
      store(gradient + at, f32x4.mul(f32x4.splat(weight), share), bytes - at);
    }
    f32.store(gradient + label, weight * (labelShare / sum - 1));
  }
}

function largestIn(row: usize, bytes: usize): f32 {
  let largest = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < bytes; at += 16) {
    const own = v128.bitselect(load(row + at, bytes - at), largest, isWithin(bytes - at));
    largest = f32x4.pmax(largest, own);
  }
  return largestOf(largest);
}
