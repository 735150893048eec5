import { expect, test } from "vitest";
import type { RunSummary } from "../../engine/run/events.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import {
  counterpart,
  emptyRecord,
  framesOf,
  MAX_FRAMES,
  type RunRecord,
  stepOf,
  valuesOf,
  withFrames,
} from "./runRecord.ts";

const frame = (step: number) => ({ step, values: new Float32Array(2) });
const recordOf = (model: RunRecord["config"]["model"], ids: readonly string[]): RunRecord => ({
  ...emptyRecord({ config: { ...defaultConfig, model } }),
  summary: { layers: ids.map((id) => ({ id, tensor: id, inFeatures: 1, outFeatures: 1 })) } as unknown as RunSummary,
  measured: { spectrum: { frames: [frame(1)], spacing: 0 } },
});

test("a short run keeps every spectrum", () => {
  const record = withFrames(
    withFrames(emptyRecord({ config: defaultConfig }), "spectrum", [frame(2), frame(4)]),
    "spectrum",
    [frame(6)],
  );
  expect(framesOf(record).map(({ step }) => step)).toEqual([2, 4, 6]);
});

test("a long run keeps few, evenly over its steps, and always the newest", () => {
  let record = emptyRecord({ config: defaultConfig });
  for (let step = 2; step <= 10_000; step += 2) {
    record = withFrames(record, "spectrum", [frame(step)]);
    expect(framesOf(record).at(-1)!.step).toBe(step);
    expect(framesOf(record).length).toBeLessThanOrEqual(MAX_FRAMES);
  }
  const steps = framesOf(record).map(({ step }) => step);
  const gaps = steps.slice(1, -1).map((step, at) => step - steps[at]!);
  expect(steps[0]).toBe(2);
  expect(steps.length).toBeGreaterThan(MAX_FRAMES / 4);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2.5 * Math.min(...gaps));
});

test("a layer's counterpart in another run is the one of its name, in the same model", () => {
  const own = recordOf("pd-bert", ["0.value", "1.value"]);
  expect(counterpart(own, recordOf("pd-bert", ["0.query", "0.key", "0.value"]), 0)).toBe(2);
  expect(counterpart(own, recordOf("pd-bert", ["0.query"]), 1)).toBeUndefined();
  expect(counterpart(own, recordOf("use-lite", ["0.value"]), 0)).toBeUndefined();
  expect(counterpart(own, undefined, 0)).toBeUndefined();
});

test("steps are counted from where an adapter was loaded", () => {
  const record = emptyRecord({ config: defaultConfig });
  expect(stepOf(record)).toBe(0);
  const opened = { ...record, evaluations: [{ step: 40, values: {} }] };
  expect(stepOf(opened)).toBe(40);
  expect(stepOf({ ...opened, rows: [{ step: 40, loss: 1, learningRate: 1, gradientNorm: 1 }] })).toBe(41);
});

test("every metric of the task is reported, at the first validation and at the last", () => {
  const metrics = [
    { id: "pearson", label: "Pearson", higherIsBetter: true },
    { id: "spearman", label: "Spearman", higherIsBetter: true },
  ];
  const record = { ...emptyRecord({ config: defaultConfig }), summary: { metrics } as unknown as RunSummary };
  const [start, end] = [
    { step: 0, values: { pearson: 0.5, spearman: 0.4 } },
    { step: 8, values: { pearson: 0.7, spearman: 0.6 } },
  ] as const;
  expect(valuesOf(record)).toEqual([]);
  expect(valuesOf({ ...record, evaluations: [start] })).toEqual([
    { ...metrics[0], before: 0.5, now: undefined },
    { ...metrics[1], before: 0.4, now: undefined },
  ]);
  expect(valuesOf({ ...record, evaluations: [start, end] }).map(({ before, now }) => [before, now])).toEqual([
    [0.5, 0.7],
    [0.4, 0.6],
  ]);
});
