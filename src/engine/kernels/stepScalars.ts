/**
 * Where each number stands that programs read anew each step, in the tensor `stepScalars` [64]. Shaders know the places by
 * the same names in capitals (`LEARNING_RATE`).
 */
export const slots = {
  /** Counted from 0. */
  step: 0,
  learningRate: 1,
  /** Adam's bias correction 1 / (1 − β₁ᵗ). */
  firstCorrection: 2,
  /** 1 / (1 − β₂ᵗ). */
  secondCorrection: 3,
  /** The lower half of the seed. */
  seedLow: 4,
  seedHigh: 5,
  /** The micro-batch of the step, from 0. */
  microBatch: 6,
  /** What the micro-batch weighs of the step, 0 … 1. */
  share: 7,
} as const;

export type StepScalar = keyof typeof slots;

/** Elements of the tensor. */
const LENGTH = 64;

/** The tensor's values; what is not named is 0. */
export function stepScalars(values: Readonly<Partial<Record<StepScalar, number>>>): Float64Array {
  const all = new Float64Array(LENGTH);
  for (const [name, value] of Object.entries(values)) all[slots[name as StepScalar]] = value;
  return all;
}

/** WGSL: the slots as constants. */
export const slotConstants: string = Object.entries(slots)
  .map(([name, at]) => `const ${name.replace(/[A-Z]/g, "_$&").toUpperCase()}: u32 = ${at}u;\n`)
  .join("");
