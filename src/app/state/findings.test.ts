import { expect, test } from "vitest";
import type { RunSummary } from "../../engine/run/events.ts";
import { defaultConfig, type RunConfig, suitedLearningRate } from "../../engine/settings/config.ts";
import { findingOf, rankInWords } from "./findings.ts";
import { baseline } from "./presets.ts";
import { mostCollapsed, rankFacts, typicalLayer } from "./rankFacts.ts";
import { emptyRecord, type RunRecord, withFrames } from "./runRecord.ts";

const summary = {
  layers: ["0.query", "0.key"].map((id) => ({ id, tensor: id, inFeatures: 8, outFeatures: 8 })),
  measured: { spectrum: [{ name: "sv", count: 4 }] },
  spectrumIsExact: true,
  validationExamples: 256,
  metrics: [{ id: "pearson", label: "Pearson", higherIsBetter: true }],
} as unknown as RunSummary;

/** A run whose first layer has one direction left and whose second has four alike. */
function run(config: RunConfig, [before, now]: readonly [number, number], id = 1, losses = [1.5, 1]): RunRecord {
  const values = Float32Array.from([1, 1e-6, 1e-6, 1e-6, 1, 1, 1, 1]);
  const record = withFrames({ ...emptyRecord({ config, id }), summary }, "spectrum", [{ step: 10, values }]);
  const rows = [{ step: 0, loss: 1, learningRate: 1, gradientNorm: 1 }];
  const evaluations = [before, now].map((pearson, at) => ({ step: 10 * at, values: { pearson, loss: losses[at]! } }));
  return { ...record, rows, evaluations };
}

const deep = run(defaultConfig, [0.792, 0.806]);
const plain = { ...defaultConfig, method: baseline };
const lora = run({ ...plain, learningRate: suitedLearningRate(plain) }, [0.792, 0.807], 2);

test("ranks are those of the layers: the median, and how many have collapsed", () => {
  expect(rankFacts(deep)).toMatchObject({ layers: 2, allowed: 4, collapsed: 1 });
  expect(rankFacts(deep)!.used).toBeCloseTo(2.5, 2);
  expect(mostCollapsed(deep)).toBe(0);
});

test("the layer that stands for the others is the one of median rank, not the one that collapsed the most", () => {
  const record = { ...deep, summary: { ...summary, layers: ["0.query", "0.key", "0.value"].map((id) => ({ id })) } };
  const values = Float32Array.from([1, 1, 1, 1, 1, 1e-6, 1e-6, 1e-6, 1, 1, 1e-6, 1e-6]);
  const measured = withFrames(record as unknown as RunRecord, "spectrum", [{ step: 20, values }]);
  expect(mostCollapsed({ ...measured, measured: { spectrum: { frames: [{ step: 20, values }], spacing: 0 } } })).toBe(
    1,
  );
  expect(typicalLayer(measured)).toBe(2);
});

test("a run says while it trains what it may use and what it uses, and at the end what became of it", () => {
  expect(findingOf([deep], false)).toEqual({
    title: "2 layers may use rank 4.",
    detail: "They use 2.5 by effective rank, the median layer.",
  });
  expect(findingOf([deep], true)).toEqual({
    title: "Pearson rose from 0.792 to 0.806, with updates of rank 2.5.",
    detail: "They were allowed 4. 1 of 2 layers collapsed below rank 2.",
  });
  expect(findingOf([run(defaultConfig, [0.8, 0.8001])], true)!.title).toMatch(/^Pearson stayed at 0\.800/);
  expect(findingOf([run(defaultConfig, [0.806, 0.795])], true)!.title).toMatch(/^Pearson fell from 0\.806 to 0\.795/);
});

test("two runs are told apart without a claim about seeds that nobody measured", () => {
  const said = findingOf([lora, deep], true)!;
  expect(said.title).toBe("Pearson 0.807 beside 0.806; LoRA uses about the same rank.");
  expect(said.detail).toContain("One seed each");
  expect(findingOf([deep, run(plain, [0.792, 0.806])], true)!.title).toMatch(/^The same Pearson, 0\.806/);
});

test("a run that got worse says so in the same place", () => {
  const bad = run({ ...defaultConfig, learningRate: 1 }, [0.84, 0.1]);
  expect(findingOf([bad], false)).toMatchObject({ isBad: true });
  expect(findingOf([bad], true)!.title).toMatch(/^Worse than before training: Pearson fell from 0\.840 to 0\.100\.$/);
});

test.each([
  [1, "about the same rank"],
  [0.8, "somewhat less rank"],
  [0.5, "half of the rank"],
  [0.33, "a third of the rank"],
  [0.25, "a quarter of the rank"],
  [2, "twice the rank"],
  [4.2, "4 times the rank"],
])("a ratio of %d is %s", (ratio, words) => {
  expect(rankInWords(ratio)).toBe(words);
});
