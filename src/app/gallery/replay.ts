/** Seconds that a recording takes to play. */
const SECONDS = 8;
/** Milliseconds between two drawings; longer ones where motion is not wanted and was asked for all the same. */
export const DRAWN_EVERY = 100;
export const DRAWN_EVERY_CALMLY = 1000;

/** The most seconds that one drawing goes on by: a page that stood still goes on where it was. */
const MOST = 1.5;

/** Where a recording is some seconds later. */
export function advanced(step: number, seconds: number, steps: number): number {
  return Math.min(steps, step + (Math.min(MOST, Math.max(0, seconds)) / SECONDS) * steps);
}
