import { expect, test } from "vitest";
import type { RunSummary } from "../../engine/run/events.ts";
import { defaultConfig, suitedLearningRate } from "../../engine/settings/config.ts";
import { nextAfter, repairsOf } from "./nextAction.ts";
import { baseline } from "./presets.ts";
import { emptyRecord, type RunRecord } from "./runRecord.ts";

const summary = {
  layers: [],
  measured: {},
  validationExamples: 256,
  metrics: [
    { id: "pearson", label: "Pearson", higherIsBetter: true },
    { id: "loss", label: "Loss", higherIsBetter: false },
  ],
} as unknown as RunSummary;

/** A run with a batch loss that falls or rises, and these metrics and losses of validations, ten steps apart. */
function run(config = defaultConfig, pearson = [0.79, 0.8, 0.81], losses = [1, 0.9, 0.8], slope = -1): RunRecord {
  const evaluations = pearson.map((value, at) => ({ step: 10 * at, values: { pearson: value, loss: losses[at]! } }));
  const rows = Array.from({ length: 10 * (pearson.length - 1) }, (_, step) => ({
    step,
    loss: (1 + 0.1 * step) ** slope,
    learningRate: 1,
    gradientNorm: 1,
  }));
  return { ...emptyRecord({ config }), summary, rows, evaluations };
}

test("after a run the other method is next, with its own rate; after both another seed", () => {
  const other = { ...defaultConfig, method: baseline };
  const lora = { ...other, learningRate: suitedLearningRate(other) };
  const [deep, plain] = [run(), run(lora)];
  const next = nextAfter([deep], [deep])!;
  expect(next.words).toBe("Now train plain LoRA beside it");
  expect(next.does).toEqual({ config: lora });
  expect(nextAfter([plain], [plain])!.does).toEqual({ config: defaultConfig });
  expect(nextAfter([plain, deep], [plain, deep])!.does).toMatchObject({ config: { seed: defaultConfig.seed + 1 } });
});

test("what changed while a run trained is left out of the next one", () => {
  const changed = run({ ...defaultConfig, changes: "5:learningRate=0.1" });
  expect(nextAfter([changed], [changed])!.does).toMatchObject({ config: { changes: "" } });
});

test("nothing is to be repaired in a run that gets better", () => {
  expect(repairsOf(run())).toEqual([]);
});

test("a run that got worse is run again with the usual rate or half of it, or goes back to its best step where that was kept", () => {
  const bad = run({ ...defaultConfig, learningRate: 1 }, [0.84, 0.85, 0.1], [1, 1, 3], 1);
  const [again, ...others] = repairsOf(bad);
  expect(again, "the usual rate").toMatchObject({
    words: "Again with 0.003",
    does: { config: { learningRate: 0.003 } },
  });
  expect(
    others.map(({ words }) => words),
    "nothing was kept",
  ).toEqual(["Again with 0.5"]);
  expect(repairsOf({ ...bad, keptAt: 10 })[2]).toMatchObject({ words: "Back to step 10", does: "back" });
  const fromTheStart = run({ ...defaultConfig, learningRate: 1 }, [0.84, 0.2, 0.1], [1, 2, 3], 1);
  expect(repairsOf(fromTheStart)[2]).toMatchObject({ words: "Back to step 0", does: "reset" });
});

test("a run that learns its examples by heart is run again with more of them", () => {
  const shots = (shots: typeof defaultConfig.shots) =>
    repairsOf(run({ ...defaultConfig, shots }, [0.84, 0.6, 0.5], [1, 2, 3])).map(({ words }) => words);
  expect(shots("16")).toEqual(["Again with 64 examples", "Back to step 0", "Again with 0.0015"]);
  expect(shots("all")).toEqual(["Back to step 0", "Again with 0.0015"]);
});

test("a run that overfits goes back to its best step, or is run again as long as it got better", () => {
  const over = run(defaultConfig, [0.6, 0.8, 0.79, 0.79], [1, 0.5, 0.8, 0.9]);
  expect(repairsOf({ ...over, keptAt: 10 })).toMatchObject([{ words: "Back to step 10", does: "back" }]);
  expect(repairsOf(over)).toMatchObject([{ words: "Again with 10 steps", does: { config: { steps: 10 } } }]);
});
