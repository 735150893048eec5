// What optimizers do to stacks of matrices of `size` elements, `stride` apart. A unit is a block of 64 elements of one
// matrix, where nothing else is said. Nothing changes once the clip factor is negative.
import { blockEnd, blockStart, dot, element, load, mix, store, sumOver } from "./lanes";
import { FIRST_CORRECTION, LEARNING_RATE, SECOND_CORRECTION } from "./stepScalars";

/** Stretches that the sum of squares of a matrix is cut into, as in shaders/stack_squares_partial.wgsl. */
const PARTS: u32 = 64;

/** Elements of a unit. */
const BLOCK: u32 = 64;

export function adamDirection(
  gradients: usize,
  stepScalars: usize,
  clip: usize,
  firstMoment: usize,
  secondMoment: usize,
  direction: usize,
  count: u32,
  size: u32,
  stride: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  epsilon: f32,
  from: u32,
  to: u32,
): void {
  const factor = f32.load(clip);
  const secondCorrection: f32 = sqrt<f32>(element(stepScalars, SECOND_CORRECTION));
  const correction = f32x4.splat(element(stepScalars, FIRST_CORRECTION) / secondCorrection);
  for (let unit = from; unit < to; unit++) {
    const end = unitEnd(unit, size, stride);
    for (let at = unitStart(unit, size, stride); at < end; at += 16) {
      if (factor < 0) {
        store(direction + at, f32x4.splat(0), end - at);
        continue;
      }
      const gradient = f32x4.mul(load(gradients + at, end - at), f32x4.splat(factor));
      const first = mix(beta1, load(firstMoment + at, end - at), rest1, gradient);
      const second = mix(beta2, load(secondMoment + at, end - at), rest2, f32x4.mul(gradient, gradient));
      const plain = f32x4.div(first, f32x4.add(f32x4.sqrt(second), f32x4.splat(epsilon)));
      store(direction + at, f32x4.mul(plain, correction), end - at);
      store(firstMoment + at, first, end - at);
      store(secondMoment + at, second, end - at);
    }
  }
}

/** A unit is a block of 64 elements of everything. */
export function momentum(
  gradients: usize,
  clip: usize,
  moment: usize,
  direction: usize,
  length: u32,
  beta: f32,
  weight: f32,
  nesterov: u32,
  from: u32,
  to: u32,
): void {
  const factor = f32.load(clip);
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    if (factor < 0) {
      store(direction + at, f32x4.splat(0), end - at);
      continue;
    }
    const part = f32x4.mul(f32x4.splat(weight * factor), load(gradients + at, end - at));
    const next = f32x4.add(f32x4.mul(f32x4.splat(beta), load(moment + at, end - at)), part);
    const ahead = f32x4.add(f32x4.mul(f32x4.splat(beta), next), part);
    store(direction + at, nesterov ? ahead : next, end - at);
    store(moment + at, next, end - at);
  }
}

export function descend(
  direction: usize,
  stepScalars: usize,
  clip: usize,
  parameters: usize,
  count: u32,
  size: u32,
  stride: u32,
  rate: f32,
  scale: f32,
  decay: f32,
  from: u32,
  to: u32,
): void {
  if (f32.load(clip) < 0) return;
  const ownRate = f32x4.splat(element(stepScalars, LEARNING_RATE) * rate);
  for (let unit = from; unit < to; unit++) {
    const end = unitEnd(unit, size, stride);
    for (let at = unitStart(unit, size, stride); at < end; at += 16) {
      const own = load(parameters + at, end - at);
      const step = mix(scale, load(direction + at, end - at), decay, own);
      store(parameters + at, f32x4.sub(own, f32x4.mul(ownRate, step)), end - at);
    }
  }
}

export function takeUnlessStopped(
  input: usize,
  clip: usize,
  out: usize,
  count: u32,
  size: u32,
  stride: u32,
  from: u32,
  to: u32,
): void {
  if (f32.load(clip) < 0) return;
  for (let unit = from; unit < to; unit++) {
    const end = unitEnd(unit, size, stride);
    for (let at = unitStart(unit, size, stride); at < end; at += 16) {
      store(out + at, load(input + at, end - at), end - at);
    }
  }
}

/** A unit is a stretch of a matrix. */
export function stackSquaresPartial(
  input: usize,
  partialSums: usize,
  count: u32,
  size: u32,
  stride: u32,
  from: u32,
  to: u32,
): void {
  const stretch = (size + PARTS - 1) / PARTS;
  for (let unit = from; unit < to; unit++) {
    const first = min((unit % PARTS) * stretch, size);
    const own = input + 4 * ((unit / PARTS) * stride + first);
    f32.store(partialSums + 4 * unit, dot(own, own, 4 * min(stretch, size - first)));
  }
}

export function normalizeStack(
  input: usize,
  partialSums: usize,
  out: usize,
  count: u32,
  size: u32,
  stride: u32,
  epsilon: f32,
  from: u32,
  to: u32,
): void {
  for (let unit = from; unit < to; unit++) {
    const squares = sumOver(partialSums + 4 * matrixOf(unit, size) * PARTS, 4 * PARTS);
    const norm = f32x4.splat(sqrt<f32>(squares) + epsilon);
    const end = unitEnd(unit, size, stride);
    for (let at = unitStart(unit, size, stride); at < end; at += 16) {
      store(out + at, f32x4.div(load(input + at, end - at), norm), end - at);
    }
  }
}

function blocksOf(size: u32): u32 {
  return (size + BLOCK - 1) / BLOCK;
}

function matrixOf(unit: u32, size: u32): u32 {
  return unit / blocksOf(size);
}

/** Where a unit starts, from the start of the stack. */
function unitStart(unit: u32, size: u32, stride: u32): usize {
  return 4 * (matrixOf(unit, size) * stride + (unit % blocksOf(size)) * BLOCK);
}

function unitEnd(unit: u32, size: u32, stride: u32): usize {
  return min(unitStart(unit, size, stride) + 4 * BLOCK, 4 * (matrixOf(unit, size) * stride + size));
}
