import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { originOf } from "../../engine/device/origin.ts";
import { defaultConfig, type RunConfig } from "../../engine/settings/config.ts";
import { useLab } from "./labStore.ts";
import { usePace, watchPace } from "./pace.ts";
import type { Phase } from "./phase.ts";
import { presets } from "./presets.ts";
import { emptyRecord } from "./runRecord.ts";

let unwatch: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  usePace.setState({ pace: undefined });
  unwatch = watchPace();
});

afterEach(() => {
  unwatch();
  vi.useRealTimers();
  useLab.setState(useLab.getInitialState(), true);
});

/** A run that goes through phases, each some seconds long. */
function goThrough(config: RunConfig, ...phases: readonly (readonly [Phase, number])[]): void {
  const device = { kind: "cpu" } as never;
  for (const [phase, seconds] of phases) {
    useLab.setState({ phase, device, current: emptyRecord({ config }) });
    vi.advanceTimersByTime(1000 * seconds);
  }
}

const half = presets[0]!.cost.seconds / 2;

test("a preset that is trained without a pause says how fast this device is", () => {
  goThrough({ ...defaultConfig, seed: 99 }, ["preparing", half / 2], ["training", half / 2], ["finished", 0]);
  expect(usePace.getState().pace?.origin).toBe(originOf("cpu"));
  expect(usePace.getState().pace?.share).toBeCloseTo(0.5, 5);
});

test("a run that was paused, and one of other settings, says nothing", () => {
  goThrough(defaultConfig, ["preparing", 1], ["training", 1], ["paused", 9], ["training", 1], ["finished", 0]);
  goThrough({ ...defaultConfig, steps: 30 }, ["preparing", 1], ["training", 1], ["finished", 0]);
  expect(usePace.getState().pace).toBeUndefined();
});
