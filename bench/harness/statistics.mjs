// Ratios of times, and when they may be reported. Everything here is pure.

/** @typedef {{ ratio: number, again: number, rounds: number }} Comparison see `compare`. */
/** @typedef {{ atLeast?: number, atMost?: number }} Target one of the two. */

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** How far a ratio is from 1, either way: 0.1 for 1.1 and for 1 / 1.1. */
export function apart(ratio) {
  return Math.max(ratio, 1 / ratio) - 1;
}

/**
 * Compares two things that took turns. Ratios are taken within a round, so that what slows the machine for a while slows
 * both, and the median of rounds is reported.
 *
 * @param rounds [{ base: [first, second], other }]: the base ran twice in every round, the other thing once, or not at all.
 * @returns `ratio` other / base, `again` second / first of the base alone: how far two runs of the same thing differ.
 */
export function compare(rounds) {
  const complete = rounds.filter(({ other }) => other !== undefined);
  const ratios = complete.map(({ base: [first, second], other }) => (2 * other) / (first + second));
  return {
    ratio: median(ratios),
    again: median(rounds.map(({ base: [first, second] }) => second / first)),
    rounds: complete.length,
  };
}

/**
 * What may be said of a comparison. The clock on the wall is looked at first; where other programs disturbed it, the
 * processor time that the browser used may still say something.
 *
 * @param {{ wall: Comparison, cpu?: Comparison, within: number, target?: Target }} row `within` says how far apart two runs
 *   of the same thing may be, as a share.
 * @returns by: "wall", "cpu" or "nothing"; verdict: "met", "not met", "too close", "refused", or "" without a target.
 */
export function judge({ wall, cpu, within, target }) {
  const [by, chosen] = [
    ["wall", wall],
    ["cpu", cpu],
  ].find(([, each]) => each && apart(each.again) <= within) ?? ["nothing"];
  if (!chosen) return { by, verdict: "refused" };
  const { ratio, again } = chosen;
  if (!target) return { by, ratio, again, verdict: "" };
  const isAtLeast = target.atLeast !== undefined;
  const bar = isAtLeast ? target.atLeast : target.atMost;
  // What two runs of the same thing differ by says nothing about which side of the bar a ratio lies on.
  if (ratio !== bar && apart(ratio / bar) < apart(again)) return { by, ratio, again, verdict: "too close" };
  const isMet = isAtLeast ? ratio >= bar : ratio <= bar;
  return { by, ratio, again, verdict: isMet ? "met" : "not met" };
}

/** What costs so much a step, where it is paid in one of so many steps. @param {Comparison} comparison of paying every step. */
export function onceIn(steps, { ratio, again, rounds }) {
  const share = (cost) => 1 + (cost - 1) / steps;
  return { ratio: share(ratio), again: share(again), rounds };
}

/** The comparison that stands for several: geometric means of their ratios. */
export function together(comparisons) {
  return {
    ratio: geometricMean(comparisons.map(({ ratio }) => ratio)),
    again: geometricMean(comparisons.map(({ again }) => again)),
    rounds: Math.min(...comparisons.map(({ rounds }) => rounds)),
  };
}
