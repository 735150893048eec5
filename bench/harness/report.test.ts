import { expect, test } from "vitest";
import { judged, promises, rowsAsTable } from "./report.ts";

test("the table shows ratios beside targets, and no ratio of a refused row", () => {
  const common = { base: "jax-js", within: 0.1, target: { atLeast: 2 } };
  const quiet = { ratio: 3, again: 1.01, rounds: 5 };
  const disturbed = { ratio: 7.77, again: 1.3, rounds: 5 };
  const lines = rowsAsTable([
    judged({ what: "quiet", ...common, wall: quiet, cpu: quiet }),
    judged({ what: "by the other clock", ...common, wall: disturbed, cpu: { ...quiet, ratio: 1.5 } }),
    judged({ what: "disturbed", ...common, wall: disturbed, cpu: disturbed }),
  ]).split("\n");
  expect(lines[2]).toBe("| quiet | jax-js | 3.00× | 3.00× | 1.0 %, 1.0 % | ≥ 2.00× | met |");
  expect(lines[3]).toContain("| 1.50× (processor time) |");
  expect(lines[3]).toContain("| not met |");
  expect(lines[4]).toContain("| refused |");
  expect(lines[4]).toContain("says 10.0 %");
  expect(lines.join()).not.toContain("7.77");
});

test("what a step must not ask for is counted", () => {
  const rows = promises("step", { calls: { submits: 1, buffers: 2 }, hostMs: 1 }, 100);
  expect(rows.map(({ value, verdict }) => [value, verdict])).toEqual([
    [1, "met"],
    [2, "not met"],
    [0.01, "met"],
  ]);
});
