// Ratios of times, and when they may be reported. Everything here is pure.

/** A ratio of times. */
export interface Comparison {
  /** other / base. */
  readonly ratio: number;
  /** second / first of the base alone: how far two runs of the same thing differ. */
  readonly again: number;
  readonly rounds: number;
}

/** A bar for a ratio. */
export type Target =
  | { readonly atLeast: number; readonly atMost?: never }
  | { readonly atMost: number; readonly atLeast?: never };

/** Times of a round: the base ran twice, the other thing once, or not at all. */
export interface Round {
  readonly base: readonly [first: number, second: number];
  readonly other: number | undefined;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** How far a ratio is from 1, either way: 0.1 for 1.1 and for 1 / 1.1. */
export function apart(ratio: number): number {
  return Math.max(ratio, 1 / ratio) - 1;
}

/**
 * Compares two things that took turns. Ratios are taken within a round, so that what slows the machine for a while slows
 * both, and the median of rounds is reported.
 */
export function compare(rounds: readonly Round[]): Comparison {
  const ratios = rounds.flatMap(({ base: [first, second], other }) =>
    other === undefined ? [] : [(2 * other) / (first + second)],
  );
  return {
    ratio: median(ratios),
    again: median(rounds.map(({ base: [first, second] }) => second / first)),
    rounds: ratios.length,
  };
}

/** A comparison by the clock on the wall, and by processor time where it was measured. */
export interface Compared {
  readonly wall: Comparison;
  readonly cpu?: Comparison | undefined;
}

/** How far apart two runs of the same thing may be, as a share, and the bar for the ratio. */
export interface Bounds {
  readonly within: number;
  readonly target?: Target | undefined;
}

/** Which of both clocks was quiet enough, and what may be said by it. */
export type Judgement =
  | { readonly by: "nothing"; readonly verdict: "refused" }
  | {
      readonly by: "wall" | "cpu";
      readonly ratio: number;
      readonly again: number;
      /** Empty without a target. */
      readonly verdict: "met" | "not met" | "too close" | "";
    };

/**
 * What may be said of a comparison. The clock on the wall is looked at first; where other programs disturbed it, the
 * processor time that the browser used may still say something.
 */
export function judge({ wall, cpu, within, target }: Compared & Bounds): Judgement {
  const isQuiet = (each: Comparison | undefined) => each !== undefined && apart(each.again) <= within;
  const by = isQuiet(wall) ? "wall" : "cpu";
  const chosen = by === "wall" ? wall : cpu;
  if (!chosen || !isQuiet(chosen)) return { by: "nothing", verdict: "refused" };
  const { ratio, again } = chosen;
  if (!target) return { by, ratio, again, verdict: "" };
  const bar = target.atLeast ?? target.atMost;
  // What two runs of the same thing differ by says nothing about which side of the bar a ratio lies on.
  if (ratio !== bar && apart(ratio / bar) < apart(again)) return { by, ratio, again, verdict: "too close" };
  const isMet = target.atLeast === undefined ? ratio <= bar : ratio >= bar;
  return { by, ratio, again, verdict: isMet ? "met" : "not met" };
}

/** What costs so much a step, where it is paid in one of so many steps. @param comparison of paying every step. */
export function onceIn(steps: number, { ratio, again, rounds }: Comparison): Comparison {
  const share = (cost: number) => 1 + (cost - 1) / steps;
  return { ratio: share(ratio), again: share(again), rounds };
}

/** The comparison that stands for several: geometric means of their ratios. */
export function together(comparisons: readonly Comparison[]): Comparison {
  return {
    ratio: geometricMean(comparisons.map(({ ratio }) => ratio)),
    again: geometricMean(comparisons.map(({ again }) => again)),
    rounds: Math.min(...comparisons.map(({ rounds }) => rounds)),
  };
}
