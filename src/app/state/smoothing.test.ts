import { expect, test } from "vitest";
import { smoothedLosses } from "./smoothing.ts";

const rows = (losses: readonly number[]) =>
  losses.map((loss, step) => ({ step, loss, learningRate: 1, gradientNorm: 1 }));

test("a loss that stays is drawn as a level line from the first batch on", () => {
  for (const { smooth } of smoothedLosses(rows([2, 2, 2, 2, 2]))) expect(smooth).toBeCloseTo(2, 12);
});

test("one batch out of line at the start does not become a slope", () => {
  // Batches 2 to 21 scatter around 1.3; the first is 2.4.
  const losses = [2.4, ...Array.from({ length: 20 }, (_, at) => 1.3 + 0.2 * (-1) ** at)];
  const smooth = smoothedLosses(rows(losses)).map((point) => point.smooth);
  expect(smooth[9]).toBeLessThan(1.45);
  expect(Math.abs(smooth[9]! - smooth[20]!)).toBeLessThan(0.15);
});

test("steps count those that were taken", () => {
  expect(smoothedLosses(rows([1, 2])).map(({ step }) => step)).toEqual([1, 2]);
});
