import type { Sources } from "../data/sources.ts";
import type { TrainingDevice } from "../device/device.ts";
import type { TrainerEvent } from "../run/events.ts";
import { TrainingSession } from "../run/session.ts";
import type { Trainer } from "../run/trainer.ts";
import { type RunConfig, runFields } from "../settings/config.ts";
import { problem, trainerOf } from "./problem.ts";
import { smallRun } from "./smallRun.ts";

/** A pretrained transformer on the examples of a task. */
export const fineTuning = problem({
  label: "Fine-tuning",
  source: "Devlin et al. 2019, arXiv:1810.04805",
  equation: "min mean ℓ(model(x; W + ΔW), y)",
  fields: runFields,
  small: smallRun,
  prepare: ({ device, settings, sources, report }) => TrainingSession.prepare(device, settings, sources, report),
});

export type FineTuner = Trainer<RunConfig, TrainingSession>;

/** @param report as for `Trainer`. */
export function fineTuner(
  openDevice: () => Promise<TrainingDevice>,
  sources: Sources,
  report: (event: TrainerEvent, run: number) => void,
): FineTuner {
  return trainerOf(fineTuning, openDevice, sources, report);
}
