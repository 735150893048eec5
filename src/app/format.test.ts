import { expect, test } from "vitest";
import { failureInWords, sentence } from "./format.ts";

test.each([
  ["only models such as pd-gpt can write text", "Only models such as pd-gpt can write text."],
  ["none has been chosen yet", "None has been chosen yet."],
  ["pd-gpt is bundled for writing", "pd-gpt is bundled for writing."],
  ["x.csv, line 2: not UTF-8 text", "x.csv, line 2: not UTF-8 text."],
  ["It was changed after it was written.", "It was changed after it was written."],
])("%s, as a sentence", (problem, said) => {
  expect(sentence(problem)).toBe(said);
});

test("a failure is said with what can be done about it, where that is known", () => {
  expect(failureInWords({ message: "the device is gone", hint: "Reload." })).toBe("The device is gone. Reload.");
  expect(failureInWords({ message: "the device is gone" })).toBe("The device is gone.");
});
