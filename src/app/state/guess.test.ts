import { beforeEach, expect, test } from "vitest";
import { modelShapes } from "../../engine/model/modelShapes.ts";
import { defaultConfig, type RunConfig } from "../../engine/settings/config.ts";
import { allowedBySettings, guess, guessesUpTo, guessInWords, useGuesses } from "./guess.ts";
import { useLab } from "./labStore.ts";
import { emptyRecord } from "./runRecord.ts";

beforeEach(() => {
  useLab.setState({ current: undefined, kept: [] });
  useGuesses.setState({ next: undefined, ofRuns: {}, isSkipped: false });
});
const run = (id: number) => emptyRecord({ id, config: defaultConfig });

test("powers of two up to the allowed rank, and all of it, can be guessed", () => {
  expect(guessesUpTo(8)).toEqual([1, 2, 4, 8]);
  expect(guessesUpTo(12)).toEqual([1, 2, 4, 8, 12]);
  expect(guessesUpTo(1)).toEqual([1]);
});

test.each<[Partial<RunConfig>, number | undefined]>([
  [{}, 8],
  [{ method: "lora", rank: 16 }, 16],
  [{ method: "lora", rank: 1024 }, 128],
  [{ method: "full" }, 128],
  [{ method: "deep-lora-full" }, 128],
  [{ method: "lora", rankSchedule: "relora" }, 128],
  [{ method: "head" }, undefined],
  [{ model: "file:unknown~0" }, undefined],
])("%o may use rank %s", (change, allowed) => {
  expect(allowedBySettings({ ...defaultConfig, ...change }, modelShapes)).toBe(allowed);
});

test("a guess belongs to the next run, and stays its own when others follow", () => {
  guess(4);
  useLab.setState({ current: run(1) });
  expect(useGuesses.getState()).toMatchObject({ next: undefined, ofRuns: { 1: 4 } });
  guess(2);
  expect(useGuesses.getState().ofRuns).toEqual({ 1: 2 });
  useLab.setState({ current: run(2), kept: [run(1)] });
  expect(useGuesses.getState(), "the next has none yet").toMatchObject({ next: undefined, ofRuns: { 1: 2 } });
});

test("the guess of a build that was given up is the next one's", () => {
  guess(4);
  useLab.setState({ current: run(1) });
  useLab.setState({ current: undefined });
  expect(useGuesses.getState()).toMatchObject({ next: 4, ofRuns: {} });
  useLab.setState({ current: run(1) });
  expect(useGuesses.getState()).toMatchObject({ next: undefined, ofRuns: { 1: 4 } });
});

test("the end shows the guess beside what grew; before, there is no verdict", () => {
  const facts = { step: 100, layers: 24, allowed: 8, used: 1.31, collapsed: 24, counted: 2 };
  expect(guessInWords(4, facts, false)).toBe("Your guess: 4.");
  expect(guessInWords(4, facts, true)).toBe("You guessed 4; in the median layer 2 grew above 1 % of the largest.");
});
