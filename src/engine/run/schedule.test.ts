import { expect, test } from "vitest";
import { slots } from "../kernels/stepScalars.ts";
import { defaultConfig } from "../settings/config.ts";
import { learningRateAt, stepScalarsAt } from "./schedule.ts";

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

test("the step's scalars have Adam's bias corrections and the whole seed", () => {
  const scalars = stepScalarsAt({ ...config, seed: 0xdeadbeef }, 0);
  expect(scalars[slots.firstCorrection]).toBeCloseTo(10, 5);
  expect(scalars[slots.secondCorrection]).toBeCloseTo(1000, 2);
  expect([scalars[slots.seedLow], scalars[slots.seedHigh]]).toEqual([0xbeef, 0xdead]);
});

test("after every merge the learning rate of ReLoRA rises from 0 to the schedule it had", () => {
  const merging = { ...defaultConfig, ...config, rankSchedule: "relora", mergeEvery: 6, rewarmupSteps: 2 } as const;
  const shares = Array.from({ length: 20 }, (_, step) => learningRateAt(merging, step) / learningRateAt(config, step));
  const [third, rest] = [
    [1 / 3, 2 / 3],
    [1, 1, 1, 1],
  ];
  const expected = [...[1, 1], ...rest, ...third, ...rest, ...third, ...rest, ...third];
  for (const [step, share] of shares.entries()) expect(share, `step ${step}`).toBeCloseTo(expected[step]!, 12);
  expect(learningRateAt({ ...merging, rankSchedule: "none" }, 7)).toBe(learningRateAt(config, 7));
});
