import { isProcessor, type Origin } from "../../engine/device/origin.ts";
import { duration } from "../format.ts";
import type { Pace } from "../state/pace.ts";
import type { PresetCost } from "../state/presetCosts.ts";

/** Seconds that a run takes: here, where a run was timed on this device, and else where the recordings were made. */
export function secondsOf({ seconds }: PresetCost, here: Origin | undefined, pace: Pace | undefined): number {
  return isTimed(here, pace) ? seconds * pace.share : seconds;
}

/** A time of which nobody knows the last digits: tens of seconds, or minutes. */
export function aboutInWords(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 95 ? `${10 * Math.round(seconds / 10)} s` : duration(seconds);
}

/**
 * How long Start takes, and how that is known.
 *
 * @param threads that the processor has here.
 */
export function startInWords(
  cost: PresetCost,
  { here, threads, pace }: { here: Origin | undefined; threads: number; pace: Pace | undefined },
): string {
  const time = `about ${aboutInWords(secondsOf(cost, here, pace))}`;
  if (isTimed(here, pace)) return `Start takes ${time} here, going by a run in this browser.`;
  const there = `on ${cost.threads} threads of a processor that had nothing else to do`;
  if (here === undefined || !isProcessor(here))
    return `Start took ${time} ${there}; on this device nothing has been timed yet.`;
  const other = threads === cost.threads ? "" : `; this one has ${threads}`;
  return `Start takes ${time}, as measured ${there}${other}.`;
}

function isTimed(here: Origin | undefined, pace: Pace | undefined): pace is Pace {
  return pace !== undefined && pace.origin === here;
}
