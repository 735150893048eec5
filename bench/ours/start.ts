import { fineTuner } from "../../src/engine/problems/fineTuning.ts";
import type { TrainerEvent } from "../../src/engine/run/events.ts";
import { defaultConfig } from "../../src/engine/settings/config.ts";
import { openDevice } from "./device.ts";
import { sources } from "./sources.ts";

/** Milliseconds from the press. */
interface Start {
  /** To a run that is ready, to the loss of its first step, and to its first spectrum. */
  readonly readyMs: number;
  readonly firstStepMs: number;
  readonly firstSpectrumMs: number;
  /** To what the run was before training, which is measured after the first steps. */
  readonly validatedMs: number;
  /** Pipelines compiled until its first spectrum. */
  readonly pipelines: number;
}

/** What happens when Start is pressed, with the preset as it is, and once more in the same tab. */
export async function startTwice(): Promise<{ cold: Start; warm: Start }> {
  let hear: (event: TrainerEvent) => void = () => {};
  const trainer = fineTuner(openDevice, sources, (event) => hear(event));

  const press = async (): Promise<Start> => {
    const { ledger } = await openDevice();
    const before = ledger.pipelinesCreated;
    const pressed = performance.now();
    const at: Partial<Record<TrainerEvent["type"], number>> = {};
    let pipelines = 0;
    await new Promise<void>((resolve, reject) => {
      hear = (event) => {
        at[event.type] ??= performance.now() - pressed;
        if (event.type === "measured") pipelines ||= ledger.pipelinesCreated - before;
        if (at.metrics && at.measured && at.evaluation) resolve();
        if (event.type === "failed") reject(new Error(event.failure.message));
      };
      void trainer.prepare(defaultConfig);
      void trainer.train();
    });
    trainer.pause();
    // Queued behind the pause, so that the next press finds a quiet device.
    await trainer.borrow((lent) => lent.idle());
    return {
      readyMs: at.ready!,
      firstStepMs: at.metrics!,
      firstSpectrumMs: at.measured!,
      validatedMs: at.evaluation!,
      pipelines,
    };
  };
  return { cold: await press(), warm: await press() };
}
