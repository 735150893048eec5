import { useEffect, useState } from "react";
import { fetchRecording } from "../state/recorded.ts";
import type { RunRecord } from "../state/runRecord.ts";
import { painted } from "./painted.ts";

/** The recording of a preset, once it is wanted and there, or that it cannot be had. */
export function useRecorded(id: string, isWanted = true): RunRecord | "failed" | undefined {
  const [found, setFound] = useState<RunRecord | "failed">();
  useEffect(() => {
    if (!isWanted) return;
    let isOver = false;
    const show = (what: RunRecord | "failed") => !isOver && setFound(what);
    painted()
      .then(() => fetchRecording(id))
      .then(show, () => show("failed"));
    return () => {
      isOver = true;
    };
  }, [id, isWanted]);
  return found;
}
