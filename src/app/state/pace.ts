import { create } from "zustand";
import { type Origin, originOf } from "../../engine/device/origin.ts";
import { fieldNames, type RunConfig } from "../../engine/settings/config.ts";
import { useLab } from "./labStore.ts";
import { type Preset, presets } from "./presets.ts";
import { readStored, writeStored } from "./useStored.ts";

/** How long runs take on a device of this browser, as a share of what they took where the recordings were made. */
export interface Pace {
  readonly origin: Origin;
  readonly share: number;
}

const STORED = "pace";

export const usePace = create<{ readonly pace: Pace | undefined }>(() => ({
  pace: readStored<Pace | undefined>(STORED, undefined),
}));

/** The preset of which a run costs what another of its settings costs: only the seed may differ. */
function presetOf(config: RunConfig): Preset | undefined {
  return presets.find((preset) => fieldNames.every((name) => name === "seed" || preset.config[name] === config[name]));
}

/** Times runs of presets that go from their preparation to their end without a pause. @returns what ends it. */
export function watchPace(): () => void {
  let begun: number | undefined;
  return useLab.subscribe(({ phase, current, device }, before) => {
    if (phase === before.phase) return;
    if (phase === "preparing") begun = performance.now();
    else if (phase !== "training") {
      const seconds = begun !== undefined && phase === "finished" ? (performance.now() - begun) / 1000 : undefined;
      begun = undefined;
      const preset = current && current.openedAt === undefined ? presetOf(current.config) : undefined;
      if (seconds === undefined || !preset || !device) return;
      const pace = { origin: originOf(device.kind), share: seconds / preset.cost.seconds };
      writeStored(STORED, pace);
      usePace.setState({ pace });
    }
  });
}
