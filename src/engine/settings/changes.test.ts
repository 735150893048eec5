import { expect, test } from "vitest";
import { learningRateAt } from "../run/schedule.ts";
import { CHANGES_PATTERN, changesIn, settingAt, withChange } from "./changes.ts";
import { defaultConfig } from "./config.ts";
import { problemsOf } from "./problems.ts";

test("changes are read as they are written", () => {
  const text = "40:learningRate=0.0005,60:spectrumEvery=10";
  expect(text).toMatch(CHANGES_PATTERN);
  expect(changesIn(text)).toEqual([
    { step: 40, name: "learningRate", value: 0.0005 },
    { step: 60, name: "spectrumEvery", value: 10 },
  ]);
  expect(changesIn("")).toEqual([]);
});

test.each([
  ["0:learningRate=1", "before the first step"],
  ["40:rank=4", "a setting that needs another run"],
  ["40:learningRate=x", "no number"],
  ["40:learningRate=0.1,", "an end without a change"],
  ["40:learningRate", "nothing to change to"],
])("%s is refused: %s", (text) => {
  expect(text).not.toMatch(CHANGES_PATTERN);
});

test("a setting is what it was until its step, and then what it was changed to", () => {
  const settings = { learningRate: 1, changes: "4:learningRate=0.5,6:learningRate=2" };
  const values = Array.from({ length: 8 }, (_, step) => settingAt(settings, "learningRate", step));
  expect(values).toEqual([1, 1, 1, 1, 0.5, 0.5, 2, 2]);
  expect(settingAt({ learningRate: 3 }, "learningRate", 9)).toBe(3);
});

test("a change takes the place of another at its step, and of later ones", () => {
  const once = withChange("", { step: 4, name: "learningRate", value: 0.5 });
  expect(once).toBe("4:learningRate=0.5");
  expect(withChange(once, { step: 4, name: "learningRate", value: 1e-7 })).toBe("4:learningRate=1e-7");
  expect(withChange(once, { step: 4, name: "evaluateEvery", value: 5 })).toBe("4:learningRate=0.5,4:evaluateEvery=5");
  expect(withChange(once, { step: 2, name: "learningRate", value: 2 })).toBe("2:learningRate=2");
  for (const value of [1e-7, 0.000123, 1]) {
    expect(withChange("", { step: 1, name: "learningRate", value })).toMatch(CHANGES_PATTERN);
  }
});

test("the schedule falls from the peak that was changed to", () => {
  const config = { ...defaultConfig, steps: 100, learningRate: 0.004 };
  const changed = { ...config, changes: "50:learningRate=0.002" };
  expect(learningRateAt(changed, 49)).toBe(learningRateAt(config, 49));
  expect(learningRateAt(changed, 50)).toBe(learningRateAt(config, 50) / 2);
});

test.each([
  ["40:learningRate=5", "to what it cannot be"],
  ["40:spectrumEvery=1.5", "to what it cannot be"],
  ["60:spectrumEvery=5,40:spectrumEvery=2", "in the order of their steps"],
  ["100:spectrumEvery=5", "after the last of 100 steps"],
])("%s cannot be made, and says why", (changes, why) => {
  const [problem] = problemsOf({ ...defaultConfig, steps: 100, changes });
  expect(problem).toMatchObject({ field: "changes" });
  expect(problem!.problem).toContain(why);
});
