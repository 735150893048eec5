/**
 * Where the run on screen is. What the page may offer follows from it:
 *
 * - `preparing`: a run is being built. No worker holds one, so that giving up loses nothing.
 * - `working`: the run that the worker holds is being reset, or asked for samples. Giving up would lose it.
 * - `paused` and `finished` runs are held by the worker: they go on, or can be exported.
 * - `stopped` runs are held by nobody: what they showed can be looked at, and no more.
 */
export type Phase = "empty" | "preparing" | "training" | "pausing" | "working" | "paused" | "finished" | "stopped";

/** Whether the worker is at something that has to end before a run is started, stepped or reset. */
export function isBusy(phase: Phase): boolean {
  return phase === "preparing" || phase === "training" || phase === "pausing" || phase === "working";
}

/** Whether the worker holds the run and waits for what is to become of it. */
export function isHeld(phase: Phase): boolean {
  return phase === "paused" || phase === "finished";
}
