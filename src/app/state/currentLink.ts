import type { Origin } from "../../engine/device/origin.ts";
import type { RunConfig } from "../../engine/settings/config.ts";
import type { ExperimentNotes } from "../../engine/settings/reader.ts";
import { type LabState, notesOf } from "./labState.ts";
import { toQuery } from "./share.ts";

/** What the last link was written of. */
interface Written {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly madeOn: Origin | undefined;
  readonly query: string;
}

let last: Written | undefined;

/** The query of a link to the settings as they are; the store asks at every step, so that it is written where one changed. */
export function currentQuery(state: LabState): string {
  const { config, notes } = state;
  const all = notesOf(state);
  const { madeOn } = all;
  if (last?.config === config && last.notes === notes && last.madeOn === madeOn) return last.query;
  last = { config, notes, madeOn, query: toQuery(config, all) };
  return last.query;
}
