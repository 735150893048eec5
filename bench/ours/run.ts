import { defaultConfig, type RunConfig } from "../../src/engine/train/config.ts";
import { TrainingSession } from "../../src/engine/train/session.ts";
import type { Sources } from "../../src/engine/train/sources.ts";
import { originSources } from "../../src/worker/sources.ts";
import { openDevice } from "./device.ts";

/** Bundled models and tasks, which the pages are served with. */
export const sources: Sources = originSources(new URL("../", document.baseURI), new Map());

/** Short texts, few rows to validate, no spectra: what is left is the step. */
const common: RunConfig = {
  ...defaultConfig,
  batchSize: 8,
  maxTokens: 24,
  validationRows: 8,
  calibrationBatches: 1,
  spectrumEvery: 10_000,
  steps: 10_000,
};

export interface Run {
  readonly dispatches: number;
  /** Milliseconds of a step. */
  time(steps: number): Promise<number>;
}

/** A run of the product's own, on a bundled model. */
export async function prepareRun(change: Record<string, unknown>): Promise<Run> {
  const device = await openDevice();
  const session = await TrainingSession.prepare(device, { ...common, ...change } as RunConfig, sources, () => {});
  return {
    dispatches: session.summary.dispatchesPerStep,
    async time(steps) {
      await device.idle();
      const started = performance.now();
      for (let step = 0; step < steps; step++) {
        await session.room();
        void session.submitStep().metrics;
      }
      await device.idle();
      return (performance.now() - started) / steps;
    },
  };
}
