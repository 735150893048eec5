import { endRunFor } from "../shell/EndRun.tsx";
import { goTo } from "../shell/route.ts";
import { wouldEnd } from "../state/labState.ts";
import type { Preset } from "../state/presets.ts";
import { toQuery } from "../state/share.ts";
import { lab } from "../state/store.ts";

/** Where the lab shows a preset, with nothing started. */
export const placeOf = ({ config }: Preset) => `/lab?${toQuery(config)}`;

/** Trains a preset in the lab; where a run would end by it, once that was agreed to. */
export function start(preset: Preset): void {
  endRunFor(() => {
    lab.open(preset.config);
    goTo(placeOf(preset));
    lab.train();
  }, wouldEnd);
}
