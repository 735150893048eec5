import { expect, test } from "vitest";
import { originOf } from "../../engine/device/origin.ts";
import { aboutInWords, secondsOf, startInWords } from "./times.ts";

const cost = { seconds: 44, threads: 2, bytes: 1 };
const processor = originOf("cpu");

test.each([
  [0.2, "1 s"],
  [7.4, "7 s"],
  [44, "40 s"],
  [94, "90 s"],
  [96, "2 min"],
  [200, "3 min"],
])("%d seconds are about %s", (seconds, words) => {
  expect(aboutInWords(seconds)).toBe(words);
});

test("what Start takes is said with how it is known: from a run here, or from a processor elsewhere", () => {
  const nothing = { here: processor, threads: 2, pace: undefined };
  expect(startInWords(cost, nothing)).toBe(
    "Start takes about 40 s, as measured on 2 threads of a processor that had nothing else to do.",
  );
  expect(startInWords(cost, { ...nothing, threads: 8 })).toContain("nothing else to do; this one has 8.");
  expect(startInWords(cost, { ...nothing, here: "hardware" })).toBe(
    "Start took about 40 s on 2 threads of a processor that had nothing else to do; on this device nothing has been timed yet.",
  );
  const pace = { origin: "hardware", share: 0.5 } as const;
  expect(startInWords(cost, { ...nothing, here: "hardware", pace })).toBe(
    "Start takes about 20 s here, going by a run in this browser.",
  );
});

test("a run on another device says nothing about this one", () => {
  const pace = { origin: "software", share: 5 } as const;
  expect(secondsOf(cost, "software", pace)).toBe(220);
  expect(secondsOf(cost, processor, pace)).toBe(44);
  expect(secondsOf(cost, undefined, pace)).toBe(44);
});
