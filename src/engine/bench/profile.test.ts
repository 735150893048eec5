import { expect, test } from "vitest";
import { atLeast, type KernelShare } from "./profile.ts";
import { profileCells } from "./report.ts";

const share = (kernel: string, ms: number, flop: number, bytes: number): KernelShare => ({
  ...{ kernel, shape: "", dispatches: 1, ms, flop, bytes },
});
const shares = [share("matmul", 2, 8e6, 1e6), share("add", 1, 0, 9e6)];

test("a kernel that is faster than what the ceiling was measured by is at the ceiling, not above it", () => {
  const ceilings = atLeast({ gflops: 3, gbps: 5 }, shares);
  expect(ceilings).toEqual({ gflops: 4, gbps: 9 });
  const cells = shares.map((each) => profileCells(each, { what: "a step", shares, ceilings }).slice(-2));
  expect(cells).toEqual([
    ["4.00 (100.0 %)", "0.500 (5.6 %)"],
    ["–", "9.00 (100.0 %)"],
  ]);
});

test("a ceiling that nothing reaches stays", () => {
  expect(atLeast({ gflops: 40, gbps: 50 }, shares)).toEqual({ gflops: 40, gbps: 50 });
});
