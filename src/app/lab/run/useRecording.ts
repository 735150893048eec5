import { useEffect, useState } from "react";
import type { RunConfig } from "../../../engine/settings/config.ts";
import { fetchRecording, recordedPreset } from "../../state/recorded.ts";
import { framesOf, type RunRecord, recordAt } from "../../state/runRecord.ts";

/** Seconds that a recording takes to play. */
const SECONDS = 8;
const DRAWN_EVERY = 100;

interface RecordingUse {
  readonly isWanted: boolean;
  readonly isPlaying: boolean;
  /** Whether its end would answer what the visitor is being asked. */
  readonly isHidden: boolean;
}

/**
 * What was recorded of the preset that settings are of, while there is nothing of the visitor's own to see: still at its end
 * until Train is pressed, then played from its beginning, unless motion is not wanted.
 */
export function useRecording(
  config: RunConfig,
  { isWanted, isPlaying, isHidden }: RecordingUse,
): RunRecord | undefined {
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
  if (!record) return undefined;
  const first = framesOf(record)[1]?.step ?? 1;
  if (isHidden && !isPlaying) return recordAt(record, first);
  return isMoving ? recordAt(record, Math.max(step ?? 0, first)) : record;
}
