import { expect, test } from "vitest";
import { gradeOf } from "./linkLength.ts";

test.each([
  [0, "safe"],
  [1500, "safe"],
  [1501, "risky"],
  [2000, "risky"],
  [2001, "long"],
  [4000, "long"],
  [4001, "file"],
] as const)("a link of %i characters is %s", (length, grade) => {
  expect(gradeOf(length)).toBe(grade);
});
