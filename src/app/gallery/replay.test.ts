import { expect, test } from "vitest";
import { advanced } from "./replay.ts";

test("a recording plays from its first to its last step in seconds, and stops there", () => {
  let step = 0;
  let seconds = 0;
  for (; step < 100; seconds += 0.1) step = advanced(step, 0.1, 100);
  expect(step).toBe(100);
  expect(seconds).toBeGreaterThan(5);
  expect(seconds).toBeLessThan(12);
  expect(advanced(100, 0.1, 100)).toBe(100);
});

test("a page that stood still for long goes on near where it was, and no clock runs backwards", () => {
  expect(advanced(10, 3600, 100)).toBeLessThan(40);
  expect(advanced(10, -5, 100)).toBe(10);
});
