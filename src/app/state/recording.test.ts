import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { RunSummary } from "../../engine/run/events.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import { presets } from "./presets.ts";
import { readRecording, writeRecording } from "./recording.ts";
import { emptyRecord, framesOf, recordAt, withFrames } from "./runRecord.ts";

const summary = {
  layers: [{ id: "0.query", tensor: "q", inFeatures: 8, outFeatures: 8 }],
  measured: { spectrum: [{ name: "sv", count: 3 }] },
  metrics: [{ id: "pearson", label: "Pearson", higherIsBetter: true }],
} as unknown as RunSummary;

test("what is recorded is read again within 0.1 %, and stands still at any step", () => {
  const frames = [0, 2, 4].map((step) => ({ step, values: Float32Array.from([0.3 + step, 2e-4, 0]) }));
  const rows = [0, 1, 2, 3].map((step) => ({ step, loss: 2 - step / 3, learningRate: 1, gradientNorm: 1 }));
  const evaluations = [0, 4].map((step) => ({ step, values: { loss: 1.5, pearson: 0.8 } }));
  const record = {
    ...withFrames({ ...emptyRecord({ config: defaultConfig }), summary }, "spectrum", frames),
    rows,
    evaluations,
    before: [{ text: "And it came", predicted: "to be" }],
    now: [{ text: "And it came", predicted: "to pass" }],
  };
  const read = readRecording(writeRecording(record));
  expect(read.config).toEqual(defaultConfig);
  expect(read.evaluations).toEqual(evaluations);
  expect([read.before, read.now]).toEqual([record.before, record.now]);
  for (const [at, { step, values }] of framesOf(read).entries()) {
    expect(step).toBe(frames[at]!.step);
    for (const [index, value] of values.entries())
      expect(Math.abs(value - frames[at]!.values[index]!)).toBeLessThanOrEqual(1e-3 * frames[at]!.values[index]!);
  }
  const half = recordAt(read, 2);
  expect(framesOf(half).map(({ step }) => step)).toEqual([0, 2]);
  expect(half.rows).toHaveLength(2);
  expect(half.evaluations).toHaveLength(1);
});

test("a later version is refused", () => {
  expect(() => readRecording('{"recording":9}')).toThrow("version 9");
});

const folder = path.resolve(import.meta.dirname, "../../../public/recordings");

describe("the recordings that come with the page", () => {
  test("are of the presets, each of at most 100 kB", () => {
    expect(readdirSync(folder).sort()).toEqual(presets.map(({ id }) => `${id}.json`).sort());
    for (const file of readdirSync(folder)) expect(statSync(path.join(folder, file)).size).toBeLessThanOrEqual(100_000);
  });

  test.each(presets.map((preset) => [preset.id, preset] as const))("%s is what its preset says", (id, { config }) => {
    const record = readRecording(readFileSync(path.join(folder, `${id}.json`), "utf8"));
    expect(record.config).toEqual(config);
    expect(record.rows).toHaveLength(config.steps);
    expect(framesOf(record).length).toBeGreaterThan(20);
    expect(record.evaluations[0]?.step).toBe(0);
    expect(record.before.map(({ text }) => text)).toEqual(record.now.map(({ text }) => text));
    expect(record.now.length).toBeGreaterThan(1);
  });
});
