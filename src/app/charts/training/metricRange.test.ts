import { expect, test } from "vitest";
import { metricRange } from "./metricRange.ts";

test.each([
  [[0.842, 0.85], 0.1],
  [[0.99, 1], 0.1],
  [[0, 0], 0.1],
  [[0.2, 0.9], 0.7],
  [[40, 41], 8.2],
])("%j is shown over at least %d", (values, least) => {
  const [low, high] = metricRange(values);
  expect(high - low).toBeGreaterThanOrEqual(least - 1e-9);
  expect(low).toBeLessThanOrEqual(Math.min(...values));
  expect(high).toBeGreaterThanOrEqual(Math.max(...values) - 1e-9);
});

test("a share is never shown beyond 0 and 1", () => {
  expect(metricRange([0.99, 1])[1]).toBeLessThanOrEqual(1 + 1e-9);
  expect(metricRange([0, 0.01])[0]).toBeGreaterThanOrEqual(-1e-9);
});
