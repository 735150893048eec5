import type { RunRecord } from "../state/runRecord.ts";

/** Share of the last value in the smoothed loss, as in the paper's plots. */
const KEPT = 0.9;

/** Points per curve: more would not be seen. */
const POINTS = 300;

/** One step of a chart, of the run and of the one before it. */
export interface CurvePoint {
  readonly step: number;
  readonly [series: string]: number;
}

/** Training loss, smoothed, and validation results of one or two runs, joined by step. */
export function curvesOf(current: RunRecord | undefined, ghost: RunRecord | undefined): CurvePoint[] {
  const points = new Map<number, Record<string, number>>();
  const put = (step: number, series: string, value: number) => {
    const point = points.get(step) ?? { step };
    point[series] = value;
    points.set(step, point);
  };
  for (const [record, prefix] of [
    [current, ""],
    [ghost, "ghost "],
  ] as const) {
    if (!record) continue;
    const metric = record.summary?.metrics[0]?.id;
    const stride = Math.max(1, Math.ceil(record.rows.length / POINTS));
    let smooth: number | undefined;
    record.rows.forEach(({ step, loss }, index) => {
      smooth = smooth === undefined ? loss : KEPT * smooth + (1 - KEPT) * loss;
      if (index % stride !== 0 && index !== record.rows.length - 1) return;
      put(step + 1, `${prefix}loss`, loss);
      put(step + 1, `${prefix}smooth`, smooth);
    });
    for (const { step, values } of record.evaluations) {
      put(step, `${prefix}validation`, values.loss!);
      if (metric && metric !== "loss") put(step, `${prefix}metric`, values[metric]!);
    }
  }
  return [...points.values()].sort((a, b) => a.step! - b.step!) as CurvePoint[];
}
