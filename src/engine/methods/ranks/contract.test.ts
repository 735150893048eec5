import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Field } from "../../field.ts";
import { singularValues } from "../../linalg/hostSvd.ts";
import { defaultConfig, type RunConfig } from "../../settings/config.ts";
import { testGpu } from "../../testing/devices.ts";
import { regressions, runOnDevice, runOnHost } from "../../testing/rankRuns.ts";
import { relativeError } from "../../trust/check.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { adapters } from "../adapters/index.ts";
import { settingsOf } from "../method.ts";
import { type OptimizerName, optimizersOf } from "../optimizers/index.ts";
import { isDue, rankSchedules, scheduleOf, timesBy } from "./index.ts";
import type { RankSchedule } from "./rankSchedule.ts";

const STEPS = 10;

/** Settings under which a schedule acts three times in ten steps, the second one on what the first has left. */
const settings: RunConfig = {
  ...defaultConfig,
  ...{ steps: STEPS, rank: 2, alpha: 3, learningRate: 0.03, schedule: "cosine" },
  ...{ mergeEvery: 3, rewarmupSteps: 2, stateReset: 0.75 },
};

const restarting = Object.entries<Adapter>(adapters).filter(([, { restarts }]) => restarts);

describe.each(Object.entries<RankSchedule>(rankSchedules))("%s", (name, entry) => {
  const config = { ...settings, rankSchedule: name } as RunConfig;
  const ranks = scheduleOf(config)!;
  const runOf = (adapter: Adapter, optimizer: OptimizerName) => ({
    adapter: { adapter, settings: settingsOf(adapter, settings) },
    optimizer: optimizersOf({ ...config, optimizer })[0]!,
    ...{ ranks, config },
  });

  test("acts after every so many steps, but not at the end", () => {
    const every = entry.every(config as never);
    expect(Array.from({ length: STEPS }, (_, step) => isDue(step, ranks))).toEqual(
      Array.from({ length: STEPS }, (_, step) => (step + 1) % every === 0 && step + 1 < STEPS),
    );
    expect(timesBy(STEPS, ranks)).toBe(Math.ceil(STEPS / every) - 1);
  });

  describe.each(restarting)("with %s", (_, adapter) => {
    test.each(["adamw", "sgd", "muon"] as const)(
      "takes the steps of its reference in float64, by %s",
      async (optimizer) => {
        const run = runOf(adapter, optimizer);
        expectAlike(await runOnDevice(new CpuDevice(Float64Array), run), runOnHost(run), 1e-10);
      },
    );

    test.each(["adamw", "sgd"] as const)("takes them on a GPU, by %s", async (optimizer) => {
      const run = runOf(adapter, optimizer);
      expectAlike(await runOnDevice(await testGpu(), run), runOnHost(run), 1e-5);
    });
  });

  test("raises the rank of what was added since the start over that of the adapter", async () => {
    const frames = await runOnDevice(new CpuDevice(Float64Array), runOf(adapters.lora, "adamw"));
    const ranksAt = frames.map((frame) => {
      const { inFeatures } = regressions[0]!.layer;
      const values = [...Array.from(frame["0.update"]!)];
      const rows = Array.from({ length: values.length / inFeatures }, () => values.splice(0, inFeatures));
      const found = singularValues(rows);
      return found.filter((value) => value > 1e-9 * found[0]!).length;
    });
    expect(ranksAt.slice(0, 3)).toEqual([2, 2, 2]);
    expect(ranksAt.at(-1)).toBe(regressions[0]!.layer.inFeatures);
    expect(ranksAt).toEqual([...ranksAt].sort());
  });

  test("says what it is", () => {
    expect(entry.label).not.toBe("");
    expect(entry.source).toMatch(/^[A-Z].* \d{4}, arXiv:\d{4}\.\d{5}$/);
    expect(entry.equation).toContain("W ← W");
    for (const field of Object.values<Field>(entry.fields)) {
      expect(field.help).toMatch(/\.$/);
      expect(field.since).toBeGreaterThanOrEqual(6);
    }
  });
});

type Frames = Awaited<ReturnType<typeof runOnDevice>>;

function expectAlike(actual: Frames, expected: Frames, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [step, frame] of expected.entries()) {
    expect(Object.keys(actual[step]!).sort()).toEqual(Object.keys(frame).sort());
    for (const [name, values] of Object.entries(frame))
      expect(relativeError(actual[step]![name]!, values), `${name} after step ${step + 1}`).toBeLessThan(tolerance);
  }
}
