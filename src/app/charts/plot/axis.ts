import { power, significant } from "../../format.ts";
import { axisTicks } from "./axisTicks.ts";

/** What a chart's height stands for. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly isLog: boolean;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** From at or below `low` to at or above `high`, in even steps. */
export function linearAxis(low: number, high: number, count?: number): Axis {
  const { ticks, label } = axisTicks(low, high, count);
  const written = ticks.map((at) => ({ at, label: label(at) }));
  return { low: ticks[0]!, high: ticks.at(-1)!, isLog: false, ticks: written };
}

/** Whole decades, from the powers of ten of `low` to `high`. */
export function decadesAxis(low: number, high: number): Axis {
  const every = Math.max(1, Math.ceil((high - low) / 7));
  const decades = Array.from({ length: high - low + 1 }, (_, at) => low + at).filter(
    (each) => (each - low) % every === 0,
  );
  const ticks = decades.map((each) => ({
    at: 10 ** each,
    label: each >= -2 && each <= 2 ? String(10 ** each) : power(each),
  }));
  return {
    low: 10 ** low,
    high: 10 ** high,
    isLog: true,
    ticks: ticks.map(({ at, label }) => ({ at, label: label || significant(at) })),
  };
}

/** Of positive values, on a logarithmic scale that need not end at powers of ten. */
export function logAxis(low: number, high: number): Axis {
  const ticks: { at: number; label: string }[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++)
    for (const factor of [1, 2, 5]) {
      const at = factor * 10 ** decade;
      if (at >= low / 1.01 && at <= high * 1.01) ticks.push({ at, label: significant(at) });
    }
  return { low, high: high > low ? high : 2 * low, isLog: true, ticks };
}

/** Where a value lies on an axis: 0 at the bottom, 1 at the top, cut off beyond. */
export function shareOf({ low, high, isLog }: Axis, value: number): number {
  const share = isLog
    ? (Math.log10(Math.max(value, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
    : (value - low) / (high - low);
  return Math.min(1, Math.max(0, share));
}

/**
 * Round steps from 0 to the length of a run, evenly, its end among them.
 *
 * @param least share of the axis that two must be apart.
 */
export function stepTicks(steps: number, least = 1 / 12): number[] {
  if (steps <= 1) return [0, steps];
  for (let count = 5; count > 1; count--) {
    const whole = axisTicks(0, steps, count).ticks.filter(
      (each) => Number.isInteger(each) && each < steps * (1 - least),
    );
    if (whole.length > 1 && whole[1]! >= least * steps) return [...whole, steps];
  }
  return [0, steps];
}
