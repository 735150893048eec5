/**
 * What a step in the middle of a run asks of WebGPU and of the page's main thread.
 *
 * @param run takes that many steps in the tab, and resolves to milliseconds of one.
 * @returns ms, hostMs and WebGPU calls by sort, per step.
 */
export async function costOfStep(tab, steps, run) {
  const [calls, hostMs] = [await tab.calls(), await tab.hostMs()];
  const ms = await run(steps);
  const [callsAfter, hostAfter] = [await tab.calls(), await tab.hostMs()];
  const perStep = ([name, count]) => [name, (count - calls[name]) / steps];
  return {
    ms,
    hostMs: (hostAfter - hostMs) / steps,
    calls: Object.fromEntries(Object.entries(callsAfter).map(perStep)),
  };
}
