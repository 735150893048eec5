import { expect, test } from "vitest";
import { axisTicks } from "./axisTicks.ts";

const labels = (low: number, high: number) => {
  const { ticks, label } = axisTicks(low, high);
  return ticks.map(label);
};

test.each([
  [0, 1.2, ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]],
  [0, 2.4, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]],
  [0, 5, ["0", "1", "2", "3", "4", "5"]],
  [0, 120, ["0", "25", "50", "75", "100", "125"]],
  [0.71, 0.79, ["0.70", "0.72", "0.74", "0.76", "0.78", "0.80"]],
  [-0.1, 0.4, ["-0.1", "0.0", "0.1", "0.2", "0.3", "0.4"]],
])("from %d to %d every label has the decimals of the step", (low, high, expected) => {
  expect(labels(low, high)).toEqual(expected);
});

test("ticks enclose the values, a few of them, whatever the scale", () => {
  for (let scale = 1e-7; scale < 1e7; scale *= 3.7) {
    const { ticks, label } = axisTicks(0.3 * scale, scale);
    expect(ticks[0]).toBeLessThanOrEqual(0.3 * scale);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(scale);
    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.length).toBeLessThan(8);
    expect(new Set(ticks.map(label)).size).toBe(ticks.length);
  }
});

test("a single value has an axis too", () => {
  for (const value of [0, 0.5, -3]) {
    const { ticks } = axisTicks(value, value);
    expect(ticks[0]).toBeLessThanOrEqual(value);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(value);
    expect(ticks.length).toBeGreaterThan(1);
  }
});
