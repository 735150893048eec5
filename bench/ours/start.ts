import { GpuDevice } from "../../src/engine/device/gpu.ts";
import { fineTuner } from "../../src/engine/problems/fineTuning.ts";
import type { TrainerEvent } from "../../src/engine/run/events.ts";
import { defaultConfig } from "../../src/engine/settings/config.ts";
import { sources } from "./sources.ts";

interface Start {
  /** Milliseconds from the press to a run that is ready, and to the loss of its first step. */
  readonly readyMs: number;
  readonly firstStepMs: number;
  /** Pipelines compiled on the way. */
  readonly pipelines: number;
}

/** What happens when Start is pressed, with the preset as it is, and once more in the same tab. */
export async function startTwice(): Promise<{ cold: Start; warm: Start }> {
  let device: GpuDevice | undefined;
  let hear: (event: TrainerEvent) => void = () => {};
  const trainer = fineTuner(
    async () => {
      device = await GpuDevice.open(navigator.gpu);
      return device;
    },
    sources,
    (event) => hear(event),
  );

  const press = async (): Promise<Start> => {
    const before = device?.ledger.pipelinesCreated ?? 0;
    const pressed = performance.now();
    let readyMs = 0;
    const firstStepMs = await new Promise<number>((resolve, reject) => {
      hear = (event) => {
        if (event.type === "ready") readyMs = performance.now() - pressed;
        if (event.type === "metrics") resolve(performance.now() - pressed);
        if (event.type === "failed") reject(new Error(event.failure.message));
      };
      void trainer.prepare(defaultConfig);
      void trainer.train();
    });
    trainer.pause();
    const pipelines = device!.ledger.pipelinesCreated - before;
    // Queued behind the pause, so that the next press finds a quiet device.
    await trainer.borrow((lent) => lent.idle());
    return { readyMs, firstStepMs, pipelines };
  };
  return { cold: await press(), warm: await press() };
}
