import { stepScalars } from "../kernels/stepScalars.ts";
import { adamCorrections } from "../methods/optimizers/adam.ts";
import { type RankSettings, scheduleOf } from "../methods/ranks/index.ts";
import { settingAt } from "../settings/changes.ts";
import type { RunConfig } from "../settings/config.ts";

/** The settings that decide the learning rate; without those of a rank schedule there is none, nor a change without changes. */
type RateSettings = Pick<RunConfig, "learningRate" | "warmupSteps" | "schedule" | "steps"> &
  Partial<RankSettings & Pick<RunConfig, "changes">>;

/**
 * Learning rate of a step: linear warm-up from 0, then as the schedule says, reaching 0 one step after the last; times what a
 * rank schedule makes of it.
 *
 * @param step counted from 0.
 */
export function learningRateAt(config: RateSettings, step: number): number {
  const ranks = config.rankSchedule && scheduleOf(config as RankSettings & RateSettings);
  return scheduledRate(config, step) * (ranks ? ranks.schedule.rate(step, ranks.settings) : 1);
}

function scheduledRate(config: RateSettings, step: number): number {
  const { warmupSteps, schedule, steps } = config;
  const learningRate = settingAt(config, "learningRate", step);
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

/** A part of a step's batch that is computed by itself, its gradients adding up to those of the batch. */
export interface MicroBatch {
  /** Counted from 0. */
  readonly microBatch: number;
  /** What its rows weigh of all rows of the step, 0 … 1. */
  readonly share: number;
}

/** What the programs read anew each step, and each micro-batch of one. */
export function stepScalarsAt(
  config: RateSettings & Pick<RunConfig, "seed">,
  step: number,
  part: MicroBatch = { microBatch: 0, share: 1 },
): Float64Array {
  return stepScalars({
    step,
    learningRate: learningRateAt(config, step),
    ...adamCorrections(step + 1),
    seedLow: config.seed & 0xffff,
    seedHigh: config.seed >>> 16,
    ...part,
  });
}
