import { expect, test } from "vitest";
import { ranksOf } from "./ranks.ts";

test("equal values count fully, in every sense", () => {
  const ranks = ranksOf([0.3, 0.3, 0.3]);
  expect(ranks.effective).toBeCloseTo(3, 12);
  expect(ranks.stable).toBeCloseTo(3, 12);
  expect(ranks.numerical).toBe(3);
});

test("one value is rank one, however small, and zeros are rank zero", () => {
  expect(ranksOf([1e-9, 0, 0])).toEqual({ effective: 1, stable: 1, numerical: 1 });
  expect(ranksOf([0, 0])).toEqual({ effective: 0, stable: 0, numerical: 0 });
  expect(ranksOf([])).toEqual({ effective: 0, stable: 0, numerical: 0 });
});

test("a value of half the largest counts by each definition", () => {
  const { effective, stable, numerical } = ranksOf([2, 1, 0.019]);
  // Shares 2/3.019, 1/3.019 and 0.019/3.019.
  const shares = [2, 1, 0.019].map((x) => x / 3.019);
  expect(effective).toBeCloseTo(Math.exp(-shares.reduce((sum, p) => sum + p * Math.log(p), 0)), 12);
  expect(stable).toBeCloseTo(1.25 + 0.0095 ** 2, 12);
  expect(numerical).toBe(2);
});
