import { adamBetas } from "../methods/optimizers/adamw.ts";
import type { RunConfig } from "../settings/config.ts";

/**
 * Learning rate of a step: linear warm-up from 0, then as the schedule says, reaching 0 one step after the last.
 *
 * @param step counted from 0.
 */
export function learningRateAt(
  config: Pick<RunConfig, "learningRate" | "warmupSteps" | "schedule" | "steps">,
  step: number,
): number {
  const { learningRate, warmupSteps, schedule, steps } = config;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  switch (schedule) {
    case "constant":
      return learningRate;
    case "linear":
      return learningRate * (1 - progress);
    case "cosine":
      return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
  }
}

/** A part of a step that is computed by itself. */
export interface PassOfStep {
  /** Counted from 0. */
  readonly pass: number;
  /** What its rows weigh of all rows of the step, 0 … 1. */
  readonly share: number;
}

/** Where the clock says which pass is computed. */
const PASS_AT = 6;

/** A clock that tells of a pass and of nothing else. */
export function passClock({ pass, share }: PassOfStep): Float32Array {
  const clock = new Float32Array(64);
  clock.set([pass, share], PASS_AT);
  return clock;
}

/** What the programs read anew each step, and each pass of one, in the order of the `clock` tensor. */
export function clockAt(
  config: Pick<RunConfig, "learningRate" | "warmupSteps" | "schedule" | "steps" | "seed">,
  step: number,
  pass: PassOfStep = { pass: 0, share: 1 },
): Float32Array {
  const { beta1, beta2 } = adamBetas;
  const clock = passClock(pass);
  clock.set([
    step,
    learningRateAt(config, step),
    1 / (1 - beta1 ** (step + 1)),
    1 / (1 - beta2 ** (step + 1)),
    config.seed & 0xffff,
    config.seed >>> 16,
  ]);
  return clock;
}
