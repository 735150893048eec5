import type { MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import { type MetricsLine, metricsLines } from "../../engine/run/metricsLog.ts";
import type { Measured, RunRecord } from "./runRecord.ts";

/** What was measured of a run, as lines of its log in the order of its steps. */
export function metricsOf({ summary, rows, evaluations, measured }: RunRecord): MetricsLine[] {
  if (!summary) return [];
  const lines = [
    ...metricsLines({ type: "metrics", rows, stepsPerSecond: 0 }, summary),
    ...evaluations.flatMap((row) => metricsLines({ type: "evaluation", ...row }, summary)),
    ...(Object.entries(measured) as [MeasurementName, Measured][]).flatMap(([diagnostic, { frames }]) =>
      frames.flatMap((frame) => metricsLines({ type: "measured", diagnostic, ...frame }, summary)),
    ),
  ];
  return lines.sort((a, b) => Number(a._step) - Number(b._step));
}
