import { expect, test } from "vitest";
import { defaultConfig } from "../settings/config.ts";
import { clockAt, learningRateAt } from "./schedule.ts";

const config = { ...defaultConfig, learningRate: 0.01, warmupSteps: 4, steps: 24, schedule: "linear" as const };

test("warms up in equal steps and then falls to zero at the end", () => {
  expect([0, 1, 2, 3].map((step) => learningRateAt(config, step))).toEqual([0.002, 0.004, 0.006, 0.008]);
  expect(learningRateAt(config, 4)).toBe(0.01);
  expect(learningRateAt(config, 14)).toBeCloseTo(0.005, 12);
  expect(learningRateAt(config, 24)).toBe(0);
});

test("the cosine is at half its height half-way", () => {
  expect(learningRateAt({ ...config, schedule: "cosine" }, 14)).toBeCloseTo(0.005, 12);
  expect(learningRateAt({ ...config, schedule: "constant" }, 23)).toBe(0.01);
});

test("the clock carries Adam's bias corrections and the whole seed", () => {
  const clock = clockAt({ ...config, seed: 0xdeadbeef }, 0);
  expect(clock[2]).toBeCloseTo(10, 5);
  expect(clock[3]).toBeCloseTo(1000, 2);
  expect([clock[4], clock[5]]).toEqual([0xbeef, 0xdead]);
});
