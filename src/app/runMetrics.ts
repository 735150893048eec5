import { type MetricsLine, metricsLines } from "../engine/train/metricsLog.ts";
import type { RunRecord } from "./runRecord.ts";

/** What was measured of a run, as lines of its log in the order of its steps. */
export function metricsOf({ summary, rows, evaluations, frames }: RunRecord): MetricsLine[] {
  if (!summary) return [];
  const lines = [
    ...metricsLines({ type: "metrics", rows, stepsPerSecond: 0 }, summary),
    ...evaluations.flatMap((row) => metricsLines({ type: "evaluation", ...row }, summary)),
    ...frames.flatMap((frame) => metricsLines({ type: "spectrum", ...frame }, summary)),
  ];
  return lines.sort((a, b) => Number(a._step) - Number(b._step));
}
