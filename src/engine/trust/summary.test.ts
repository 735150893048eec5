import { expect, test } from "vitest";
import type { CheckResult } from "./runChecks.ts";
import { shareOf, summarise, worstFirst } from "./summary.ts";

const result = (name: string, tolerance: number, found: number | string): CheckResult => ({
  kind: "kernel",
  name,
  shape: "3 × 5",
  tolerance,
  why: "because",
  milliseconds: 1,
  error: typeof found === "number" ? found : undefined,
  problem: typeof found === "string" ? found : undefined,
  passes: typeof found === "number" && found <= tolerance,
});

const results = [
  result("near", 1e-5, 9e-6),
  result("exact", 0, 0),
  result("inexact", 0, 1e-9),
  result("silent", 1e-5, "element 3 of out is no number"),
  result("far", 1e-5, 1e-3),
];

test("no error is no share, and any error where none is tolerated or none could be taken is more than any", () => {
  expect(results.map(shareOf)).toEqual([
    expect.closeTo(0.9, 9),
    0,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    expect.closeTo(100, 9),
  ]);
  expect(worstFirst(results).map(({ name }) => name)).toEqual(["inexact", "silent", "far", "near", "exact"]);
});

test("a summary names what failed and survives JSON", () => {
  const summary = summarise(results, new Date(0));
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  expect(summary).toEqual({
    when: "1970-01-01T00:00:00.000Z",
    count: 5,
    worst: { check: "inexact kernel, 3 × 5", error: 1e-9, tolerance: 0 },
    failures: [
      { check: "inexact kernel, 3 × 5", tolerance: 0, error: 1e-9 },
      { check: "silent kernel, 3 × 5", tolerance: 1e-5, problem: "element 3 of out is no number" },
      { check: "far kernel, 3 × 5", tolerance: 1e-5, error: 1e-3 },
    ],
  });
});
