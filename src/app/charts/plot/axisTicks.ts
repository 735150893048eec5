/** Steps that read well, as multiples of a power of ten. */
const ROUND = [1, 2, 2.5, 5, 10];

/** Steps between the ticks of an axis, about. */
const COUNT = 5;

/** Where an axis has its ticks, and how each of them is written. */
export interface AxisTicks {
  readonly ticks: readonly number[];
  readonly label: (tick: number) => string;
}

/** About so many ticks a round step apart, from at or below `low` to at or above `high`, all with as many decimals as the step has. */
export function axisTicks(low: number, high: number, count = COUNT): AxisTicks {
  const span = high > low ? high - low : Math.abs(high) / 10 || 1;
  const exponent = Math.floor(Math.log10(span / count));
  const factor = ROUND.find((each) => each * 10 ** exponent >= span / count) ?? 10;
  const step = factor * 10 ** exponent;
  const decimals = Math.max(0, (factor === 2.5 ? 1 : factor === 10 ? -1 : 0) - exponent);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toFixed(decimals)));
  return { ticks, label: (tick) => tick.toFixed(decimals) };
}
