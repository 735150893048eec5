import { expect, test } from "vitest";
import { decadesAxis, linearAxis, logAxis, shareOf, stepTicks } from "./axis.ts";

test("values lie where the axis says, and never beyond it", () => {
  const linear = linearAxis(0, 2);
  expect([0, 1, 2, 3, -1].map((value) => shareOf(linear, value))).toEqual([0, 0.5, 1, 1, 0]);
  const decades = decadesAxis(-4, 0);
  expect([1e-4, 1e-2, 1, 0, 10].map((value) => shareOf(decades, value))).toEqual([0, 0.5, 1, 0, 1]);
  expect(decades.ticks.map(({ label }) => label)).toEqual(["10⁻⁴", "10⁻³", "0.01", "0.1", "1"]);
  expect(shareOf(logAxis(0.5, 2), 1)).toBeCloseTo(0.5);
});

test("many decades have fewer ticks", () => {
  expect(decadesAxis(-20, 0).ticks.length).toBeLessThan(10);
});

test.each([
  [100, [0, 20, 40, 60, 80, 100]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [62, [0, 20, 40, 62]],
  [0, [0, 0]],
])("a run of %i steps has whole steps as ticks, and its end", (steps, ticks) => {
  expect(stepTicks(steps)).toEqual(ticks);
});

test.each([0.1, 0.25, 0.34, 0.6, 2])("ticks at least %d of the axis apart are even all the same", (least) => {
  for (const steps of [2, 7, 40, 62, 100, 300, 1234, 100_000]) {
    const ticks = stepTicks(steps, least);
    expect(ticks.at(-1)).toBe(steps);
    const gaps = ticks.slice(1, -1).map((tick, at) => tick - ticks[at]!);
    expect(new Set(gaps).size, ticks.join(" ")).toBeLessThan(2);
    if (ticks.length > 2)
      for (const gap of [...gaps, steps - ticks.at(-2)!]) expect(gap).toBeGreaterThanOrEqual(least * steps);
  }
});
