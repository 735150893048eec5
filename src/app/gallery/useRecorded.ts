import { useEffect, useState } from "react";
import { fetchRecording } from "../state/recorded.ts";
import type { RunRecord } from "../state/runRecord.ts";

/** The recording of a preset, once it is there, or that it cannot be had. */
export function useRecorded(id: string): RunRecord | "failed" | undefined {
  const [found, setFound] = useState<RunRecord | "failed">();
  useEffect(() => {
    let isOver = false;
    const show = (what: RunRecord | "failed") => !isOver && setFound(what);
    fetchRecording(id).then(show, () => show("failed"));
    return () => {
      isOver = true;
    };
  }, [id]);
  return found;
}
