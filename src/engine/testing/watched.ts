import type { Sources } from "../data/sources.ts";
import type { TrainingDevice } from "../device/device.ts";
import { fineTuner } from "../problems/fineTuning.ts";
import type { TrainerEvent } from "../run/events.ts";
import { nanoSources } from "./runs.ts";

/** A trainer whose events are kept. */
export function watched(open: () => Promise<TrainingDevice>, sources: Sources = nanoSources) {
  const events: TrainerEvent[] = [];
  const trainer = fineTuner(open, sources, (event) => events.push(event));
  const of = <T extends TrainerEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<TrainerEvent, { type: T }> => event.type === type);
  const rows = () => of("metrics").flatMap((event) => event.rows);
  return { trainer, events, of, rows };
}
