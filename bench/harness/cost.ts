import type { Tab } from "./browser.ts";
import type { WebgpuCalls } from "./calls.ts";

/** What a step in the middle of a run asks of WebGPU and of the page's main thread, each per step. */
export interface StepCost {
  readonly ms: number;
  readonly hostMs: number;
  readonly calls: WebgpuCalls;
}

/** @param run takes that many steps in the tab, and resolves to milliseconds of one. */
export async function costOfStep(
  tab: Pick<Tab, "calls" | "hostMs">,
  steps: number,
  run: (steps: number) => Promise<number>,
): Promise<StepCost> {
  const [before, hostMs] = [await tab.calls(), await tab.hostMs()];
  const ms = await run(steps);
  const [after, hostAfter] = [await tab.calls(), await tab.hostMs()];
  const perStep = (sort: keyof WebgpuCalls) => (after[sort] - before[sort]) / steps;
  return {
    ms,
    hostMs: (hostAfter - hostMs) / steps,
    calls: {
      dispatches: perStep("dispatches"),
      submits: perStep("submits"),
      passes: perStep("passes"),
      bindGroups: perStep("bindGroups"),
      buffers: perStep("buffers"),
      pipelines: perStep("pipelines"),
      writes: perStep("writes"),
      maps: perStep("maps"),
    },
  };
}
