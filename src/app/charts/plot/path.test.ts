import { expect, test } from "vitest";
import { apart, pathOf, sampled } from "./path.ts";

test("a path is broken where there is no number", () => {
  const place = { x: (step: number) => step, y: (value: number) => -value };
  const points = [
    [0, 1],
    [1, Number.NaN],
    [2, 3],
    [3, 4],
  ] as const;
  expect(pathOf(points, place)).toBe("M0.0 -1.0M2.0 -3.0L3.0 -4.0");
});

test("samples are even and hold both ends", () => {
  expect(sampled(3, 5)).toEqual([0, 1, 2]);
  expect(sampled(101, 5)).toEqual([0, 25, 50, 75, 100]);
});

test.each([
  [
    [10, 50],
    [10, 50],
  ],
  [
    [10, 12],
    [10, 24],
  ],
  [
    [12, 10],
    [24, 10],
  ],
  [
    [99, 100, 98],
    [86, 100, 72],
  ],
])("labels wanted at %j stand at %j", (wanted, placed) => {
  expect(apart(wanted, 14, 0, 100)).toEqual(placed);
});
