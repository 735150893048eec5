import measured from "./presetCosts.json";

/** What a run of a preset takes, as `tools/recordings/run.ts` measured it while it made the recording. */
export interface PresetCost {
  /** From the press of Start to the last step, on a processor with so many threads and nothing else to do: their own work. */
  readonly seconds: number;
  readonly threads: number;
  /** Of model and task, as they are fetched. */
  readonly bytes: number;
}

/** By presets. */
export const presetCosts: Readonly<Record<string, PresetCost>> = measured;
