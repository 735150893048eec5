// Steps over whole arenas of parameters, of which every block of 64 belongs to a group with settings of its own. A unit is
// such a block. Nothing changes once the clip factor is negative.
import { blockEnd, blockStart, element, load, mix, store } from "./lanes";
import { FIRST_CORRECTION, LEARNING_RATE, MICRO_BATCH, SECOND_CORRECTION, SHARE } from "./stepScalars";

export function adamw(
  gradients: usize,
  groupOfBlock: usize,
  groups: usize,
  stepScalars: usize,
  clip: usize,
  parameters: usize,
  firstMoment: usize,
  secondMoment: usize,
  length: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  from: u32,
  to: u32,
): void {
  const factor = f32.load(clip);
  if (factor < 0) return;
  const firstCorrection = f32x4.splat(element(stepScalars, FIRST_CORRECTION));
  const secondCorrection = f32x4.splat(element(stepScalars, SECOND_CORRECTION));
  for (let block = from; block < to; block++) {
    const group = groupOf(groups, groupOfBlock, block);
    const rate = f32x4.splat(element(stepScalars, LEARNING_RATE) * f32.load(group));
    const decay = f32x4.splat(f32.load(group, 4));
    const epsilon = f32x4.splat(f32.load(group, 8));
    const end = blockEnd(block + 1, length);
    for (let at = blockStart(block); at < end; at += 16) {
      const gradient = f32x4.mul(load(gradients + at, end - at), f32x4.splat(factor));
      const first = mix(beta1, load(firstMoment + at, end - at), rest1, gradient);
      const second = mix(beta2, load(secondMoment + at, end - at), rest2, f32x4.mul(gradient, gradient));
      const size = f32x4.add(f32x4.sqrt(f32x4.mul(second, secondCorrection)), epsilon);
      const step = f32x4.div(f32x4.mul(first, firstCorrection), size);
      const own = load(parameters + at, end - at);
      const change = f32x4.mul(rate, f32x4.add(step, f32x4.mul(decay, own)));
      store(parameters + at, f32x4.sub(own, change), end - at);
      store(firstMoment + at, first, end - at);
      store(secondMoment + at, second, end - at);
    }
  }
}

export function sgd(
  gradients: usize,
  groupOfBlock: usize,
  groups: usize,
  stepScalars: usize,
  clip: usize,
  parameters: usize,
  length: u32,
  from: u32,
  to: u32,
): void {
  const factor = f32.load(clip);
  if (factor < 0) return;
  for (let block = from; block < to; block++) {
    const group = groupOf(groups, groupOfBlock, block);
    const rate = f32x4.splat(element(stepScalars, LEARNING_RATE) * f32.load(group));
    const end = blockEnd(block + 1, length);
    for (let at = blockStart(block); at < end; at += 16) {
      const own = load(parameters + at, end - at);
      const direction = mix(factor, load(gradients + at, end - at), f32.load(group, 4), own);
      store(parameters + at, f32x4.sub(own, f32x4.mul(rate, direction)), end - at);
    }
  }
}

export function sgdMomentum(
  gradients: usize,
  groupOfBlock: usize,
  groups: usize,
  stepScalars: usize,
  clip: usize,
  parameters: usize,
  momentum: usize,
  length: u32,
  beta: f32,
  nesterov: u32,
  from: u32,
  to: u32,
): void {
  const factor = f32.load(clip);
  if (factor < 0) return;
  for (let block = from; block < to; block++) {
    const group = groupOf(groups, groupOfBlock, block);
    const rate = f32x4.splat(element(stepScalars, LEARNING_RATE) * f32.load(group));
    const end = blockEnd(block + 1, length);
    for (let at = blockStart(block); at < end; at += 16) {
      const own = load(parameters + at, end - at);
      const gradient = mix(factor, load(gradients + at, end - at), f32.load(group, 4), own);
      const next = f32x4.add(f32x4.mul(f32x4.splat(beta), load(momentum + at, end - at)), gradient);
      const direction = nesterov ? f32x4.add(gradient, f32x4.mul(f32x4.splat(beta), next)) : next;
      store(parameters + at, f32x4.sub(own, f32x4.mul(rate, direction)), end - at);
      store(momentum + at, next, end - at);
    }
  }
}

/** Adds a micro-batch's share to the sum; the first one begins it. */
export function accumulate(part: usize, stepScalars: usize, sum: usize, length: u32, from: u32, to: u32): void {
  const share = f32x4.splat(element(stepScalars, SHARE));
  const isFirst = element(stepScalars, MICRO_BATCH) === 0;
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const before = isFirst ? f32x4.splat(0) : load(sum + at, end - at);
    store(sum + at, f32x4.add(before, f32x4.mul(share, load(part + at, end - at))), end - at);
  }
}

/** Rate, decay and epsilon of a block's group. */
function groupOf(groups: usize, groupOfBlock: usize, block: u32): usize {
  return groups + 16 * <u32>element(groupOfBlock, block);
}
