import type { Device } from "../device/device.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { RandomStream } from "../random/stream.ts";

/** How far float32 on some GPU may be from float64, as a share of the largest value, and why so far. */
export interface Tolerance {
  readonly bound: number;
  readonly why: string;
}

/**
 * What a check holds against what: a kernel's shader against its reference loop, an operation's result and gradient
 * against the reference and central differences, or either against an answer that is known from elsewhere.
 */
export type CheckKind = "kernel" | "gradient" | "known";

/** One thing that must hold on every device. */
export interface Check {
  readonly kind: CheckKind;
  /** The kernel's name, or the operation's. */
  readonly name: string;
  /** Sizes, and what is special about them. */
  readonly shape: string;
  readonly tolerance: Tolerance;
  /**
   * The largest error on a device, as a share of the largest value. What it allocates is for the caller to free, by
   * lending a `DeviceScope`.
   *
   * @throws EngineError where there is no error to speak of, such as a result that is not a number.
   */
  run(device: Device): Promise<number>;
}

/** The seed of all inputs of checks. */
const SEED = 0x7a57;

/** Noise in [−1, 1) that is the same on every machine, rounded to float32 so that every device is given the same. */
export function noise(length: number, stream: number): Float64Array {
  const random = new RandomStream(SEED, stream);
  return Float64Array.from({ length }, () => Math.fround(2 * random.uniform() - 1));
}

/** max |actual − expected| / max |expected|; NaN anywhere gives NaN, which no bound accepts. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return scale === 0 ? error : error / scale;
}

/** `3 × 5 × 7`. */
export const times = (sizes: readonly number[]) => sizes.join(" × ");

/** A stretch of NaN: what a device forgets to write, or writes too much, shows. */
export const unwritten = (length: number): Numbers => new Float64Array(length).fill(Number.NaN);
