/** Shares and correlations are shown over at least so much, so that a change of a thousandth is not a plunge. */
const LEAST = 0.1;
/** Other metrics over at least this share of their value. */
const LEAST_SHARE = 0.2;

/** What a metric's axis spans: its values, but never so little that noise fills the chart. */
export function metricRange(values: readonly number[]): [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isShare = low >= -1 && high <= 1;
  const least = isShare ? LEAST : LEAST_SHARE * Math.max(Math.abs(low), Math.abs(high));
  const missing = Math.max(0, least - (high - low)) / 2;
  const [bottom, top] = [low - missing, high + missing];
  if (!isShare) return [Math.max(0, bottom), top];
  // Within what there can be, shifted rather than cut.
  const over = Math.max(0, top - 1);
  const under = Math.max(0, (low >= 0 ? 0 : -1) - bottom);
  return [bottom - over + under, top - over + under];
}
