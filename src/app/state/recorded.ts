import { type FieldName, fieldNames, type RunConfig } from "../../engine/settings/config.ts";
import { presets } from "./presets.ts";
import { readRecording } from "./recording.ts";
import type { RunRecord } from "./runRecord.ts";

/** Settings of which a recording shows the same thing whatever they are: how long, how often and where it was looked at. */
const aside: readonly FieldName[] = ["steps", "validationRows", "evaluateEvery", "spectrumEvery", "seed", "kernels"];

/** The preset that settings are of, or nearly so: what was recorded of it is what one may expect. */
export function recordedPreset(config: RunConfig): string | undefined {
  const same = (other: RunConfig) => fieldNames.every((name) => aside.includes(name) || other[name] === config[name]);
  return presets.find((preset) => same(preset.config))?.id;
}

const read = new Map<string, Promise<RunRecord>>();

/** The recorded run of a preset, fetched once; one that did not come is asked for again. @throws where it cannot be had. */
export function fetchRecording(id: string): Promise<RunRecord> {
  const found =
    read.get(id) ??
    fetch(`${import.meta.env.BASE_URL}recordings/${id}.json`)
      .then((response) => response.text())
      .then(readRecording);
  read.set(id, found);
  found.catch(() => read.delete(id));
  return found;
}
