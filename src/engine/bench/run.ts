import type { Sources } from "../data/sources.ts";
import type { Device } from "../device/device.ts";
import { TrainingSession } from "../run/session.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";

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
  destroy(): void;
}

/** A run of the product's own, on a bundled model. */
export async function prepareRun(device: Device, sources: Sources, change: Partial<RunConfig>): Promise<Run> {
  const session = await TrainingSession.prepare(device, { ...common, ...change }, sources, () => {});
  return {
    dispatches: session.summary.dispatchesPerStep,
    destroy: () => session.destroy(),
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
