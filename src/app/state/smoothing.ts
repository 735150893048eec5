import type { MetricRow } from "../../engine/run/events.ts";

/** Share of the mean so far in the next one. */
const KEPT = 0.9;

/** The loss of a batch, and the mean of it and those before. Steps count those that were taken. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
  readonly smooth: number;
}

const known = new WeakMap<readonly MetricRow[], readonly LossPoint[]>();

/**
 * Losses with their exponential mean, each batch counting 0.9 times as much as the next. The mean of t batches is divided
 * by 1 − 0.9ᵗ, as Adam's moments are: without, it would begin at the first batch and draw a fall that nothing did.
 */
export function smoothedLosses(rows: readonly MetricRow[]): readonly LossPoint[] {
  const before = known.get(rows);
  if (before) return before;
  let sum = 0;
  let weight = 0;
  const points = rows.map(({ step, loss }) => {
    sum = KEPT * sum + (1 - KEPT) * loss;
    weight = KEPT * weight + (1 - KEPT);
    return { step: step + 1, loss, smooth: sum / weight };
  });
  known.set(rows, points);
  return points;
}
