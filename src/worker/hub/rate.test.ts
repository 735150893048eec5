import { expect, test } from "vitest";
import { Rate } from "./rate.ts";

test("a rate is that of the last seconds, and falls when nothing comes", () => {
  const rate = new Rate();
  expect(rate.perSecond).toBe(0);
  expect(rate.secondsFor(100)).toBeUndefined();
  rate.add(0, 0);
  expect(rate.perSecond).toBe(0);
  for (let second = 1; second <= 10; second++) rate.add(1000 * second, 100 * second);
  expect(rate.perSecond).toBeCloseTo(100);
  expect(rate.secondsFor(1000)).toBeCloseTo(10);
  // Four times as fast from here on: after the window nothing is left of what was before.
  for (let second = 11; second <= 16; second++) rate.add(1000 * second, 1000 + 400 * (second - 10));
  expect(rate.perSecond).toBeCloseTo(400);
  for (let second = 17; second <= 30; second++) rate.add(1000 * second, 3400);
  expect(rate.perSecond).toBe(0);
  expect(rate.secondsFor(1000)).toBeUndefined();
});
