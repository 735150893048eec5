import { useEffect, useState } from "react";
import { type FieldName, fieldNames, type RunConfig } from "../../../engine/settings/config.ts";
import { presets } from "../../state/presets.ts";
import { readRecording } from "../../state/recording.ts";
import { framesOf, type RunRecord, recordAt } from "../../state/runRecord.ts";

/** Seconds that a recording takes to play. */
const SECONDS = 8;
const DRAWN_EVERY = 100;

/** Settings of which a recording shows the same thing whatever they are: how long, how often and where it was looked at. */
const aside: readonly FieldName[] = ["steps", "validationRows", "evaluateEvery", "spectrumEvery", "seed", "kernels"];

/** The preset that settings are of, or nearly so: what was recorded of it is what one may expect. */
export function recordedPreset(config: RunConfig): string | undefined {
  const same = (other: RunConfig) => fieldNames.every((name) => aside.includes(name) || other[name] === config[name]);
  return presets.find((preset) => same(preset.config))?.id;
}

const read = new Map<string, Promise<RunRecord>>();

function fetchRecording(id: string): Promise<RunRecord> {
  const found =
    read.get(id) ??
    fetch(`${import.meta.env.BASE_URL}recordings/${id}.json`)
      .then((response) => response.text())
      .then(readRecording);
  read.set(id, found);
  return found;
}

/**
 * What was recorded of the preset that settings are of, while there is nothing of the visitor's own to see: still at its end
 * until Train is pressed, then played from its beginning, unless motion is not wanted.
 */
export function useRecording(config: RunConfig, isWanted: boolean, isPlaying: boolean): RunRecord | undefined {
  const id = isWanted ? recordedPreset(config) : undefined;
  const [record, setRecord] = useState<RunRecord>();
  const [step, setStep] = useState<number>();
  useEffect(() => {
    setRecord(undefined);
    if (id === undefined) return;
    let isOver = false;
    // Without a recording there is the sentence that says what will be drawn.
    void fetchRecording(id).then(
      (found) => !isOver && setRecord(found),
      () => {},
    );
    return () => {
      isOver = true;
    };
  }, [id]);
  const isMoving = isPlaying && record !== undefined && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  useEffect(() => {
    setStep(undefined);
    if (!isMoving) return;
    const begun = performance.now();
    const { steps } = record.config;
    const timer = setInterval(() => {
      const now = Math.ceil(((performance.now() - begun) / 1000 / SECONDS) * steps);
      setStep(Math.min(steps, now));
      if (now >= steps) clearInterval(timer);
    }, DRAWN_EVERY);
    return () => clearInterval(timer);
  }, [isMoving, record]);
  if (!record || !isMoving) return record;
  return recordAt(record, Math.max(step ?? 0, framesOf(record)[1]?.step ?? 1));
}
