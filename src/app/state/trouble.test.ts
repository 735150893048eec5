import { expect, test } from "vitest";
import type { RunSummary } from "../../engine/run/events.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import { emptyRecord, type RunRecord, withFrames } from "./runRecord.ts";
import { bestStep, troubleOf } from "./trouble.ts";

const summary = {
  layers: ["0.query", "0.key"].map((id) => ({ id, tensor: id, inFeatures: 8, outFeatures: 8 })),
  measured: { spectrum: [{ name: "sv", count: 2 }] },
  spectrumIsExact: true,
  validationExamples: 256,
  metrics: [
    { id: "pearson", label: "Pearson", higherIsBetter: true },
    { id: "loss", label: "Loss", higherIsBetter: false },
  ],
} as unknown as RunSummary;

interface Shown {
  /** Metric and loss of the validations, evenly over the steps. */
  readonly found: readonly (readonly [pearson: number, loss: number])[];
  readonly losses: readonly number[];
  /** The two largest singular values of two layers, by step. */
  readonly spectra?: Readonly<Record<number, readonly [number, number, number, number]>>;
}

function run({ found, losses, spectra = {} }: Shown): RunRecord {
  const stride = losses.length / (found.length - 1);
  const record: RunRecord = {
    ...emptyRecord({ config: defaultConfig }),
    summary,
    rows: losses.map((loss, step) => ({ step, loss, learningRate: 1, gradientNorm: 1 })),
    evaluations: found.map(([pearson, loss], at) => ({ step: Math.round(at * stride), values: { pearson, loss } })),
  };
  const frames = Object.entries(spectra).map(([step, values]) => ({
    step: Number(step),
    values: Float32Array.from(values),
  }));
  return withFrames(record, "spectrum", frames);
}

/** Batch losses from one level to another, with noise that repeats. */
const batches = (from: number, to: number, count = 100, noise = 0.05) =>
  Array.from({ length: count }, (_, at) => from + ((to - from) * at) / count + noise * Math.sin(at * 12.9898) ** 3);

test("a run that learns is in no trouble, at any of its steps", () => {
  const good: Shown = {
    found: [
      [0.6, 1],
      [0.7, 0.8],
      [0.75, 0.7],
      [0.78, 0.65],
      [0.8, 0.6],
    ],
    losses: batches(1, 0.5),
    spectra: { 2: [1e-3, 1e-3, 1e-3, 1e-3], 100: [3, 0.1, 2, 0.1] },
  };
  for (let count = 1; count <= 5; count++) {
    const partly = run({ ...good, found: good.found.slice(0, count), losses: good.losses.slice(0, 25 * (count - 1)) });
    expect(troubleOf(partly)).toBeUndefined();
  }
});

test("worse than before training, from the first of the validations that all were", () => {
  const bad = run({
    found: [
      [0.8, 1],
      [0.82, 0.9],
      [0.4, 2],
      [0.3, 2],
    ],
    losses: batches(1, 1.2, 90),
  });
  expect(troubleOf(bad)).toMatchObject({ kind: "worse", since: 60, isBad: true, best: 30 });
  expect(troubleOf(bad)!.detail).toContain("smaller learning rate");
});

test("worse while the training loss falls is learning by heart", () => {
  const heart = run({
    found: [
      [0.8, 1],
      [0.82, 0.9],
      [0.6, 2],
      [0.5, 2],
    ],
    losses: batches(1, 0.1, 90),
  });
  expect(troubleOf(heart)).toMatchObject({ kind: "worse" });
  expect(troubleOf(heart)!.detail).toContain("by heart");
});

test("singular values explode from the first measurement that is beyond a thousand, or no number", () => {
  const found = [
    [0.8, 1],
    [0.8, 1],
  ] as const;
  const losses = batches(1, 0.9);
  const spectra = { 10: [1, 1, 1, 1], 20: [1, 1, 2e3, 1], 30: [4e7, 1, 2, 1] } as const;
  expect(troubleOf(run({ found, losses, spectra }))).toMatchObject({ kind: "exploding", since: 20, isBad: true });
  const none = { 10: [1, 1, Number.NaN, 1] } as const;
  expect(troubleOf(run({ found, losses, spectra: none }))).toMatchObject({ kind: "exploding", since: 10 });
  expect(troubleOf(run({ found, losses, spectra: { 10: [999, 1, 1, 1] } }))).toBeUndefined();
});

test("overfitting: two validations in a row above the least loss, while the training loss falls", () => {
  const found = [
    [0.6, 1],
    [0.8, 0.5],
    [0.8, 0.7],
    [0.81, 0.8],
  ] as const;
  expect(troubleOf(run({ found, losses: batches(1, 0.1, 90) }))).toMatchObject({ kind: "overfitting", since: 60 });
  expect(troubleOf(run({ found: found.slice(0, 3), losses: batches(1, 0.1, 60) })), "one is chance").toBeUndefined();
  expect(troubleOf(run({ found, losses: batches(1, 1, 90) })), "the training loss stays").toBeUndefined();
});

test("a plateau: no gain in half of the steps, beyond noise", () => {
  const flat = [
    [0.6, 1],
    [0.7, 0.8],
    [0.7, 0.8],
    [0.7, 0.8],
    [0.7, 0.8],
    [0.7, 0.8],
    [0.7, 0.8],
  ] as const;
  const losses = [...batches(1, 0.8, 15), ...batches(0.8, 0.8, 105)];
  expect(troubleOf(run({ found: flat, losses }))).toMatchObject({ kind: "plateau", since: 20, isBad: false });
  const gains = [...flat.slice(0, 6), [0.71, 0.8]] as const;
  expect(troubleOf(run({ found: gains, losses })), "a gain at the end").toBeUndefined();
  expect(troubleOf(run({ found: flat, losses: batches(1, 0.5, 120) })), "the training loss falls").toBeUndefined();
  expect(troubleOf(run({ found: flat.slice(0, 3), losses: losses.slice(0, 40) })), "too early to tell").toBeUndefined();
});

test("the best step is neither the first validation nor the last, nor one without a number", () => {
  expect(
    bestStep(
      run({
        found: [
          [0.6, 1],
          [0.8, 1],
          [0.7, 1],
        ],
        losses: batches(1, 1, 20),
      }),
    ),
  ).toBe(10);
  expect(
    bestStep(
      run({
        found: [
          [0.9, 1],
          [0.8, 1],
          [0.7, 1],
        ],
        losses: batches(1, 1, 20),
      }),
    ),
  ).toBeUndefined();
  expect(
    bestStep(
      run({
        found: [
          [0.6, 1],
          [0.7, 1],
          [0.8, 1],
        ],
        losses: batches(1, 1, 20),
      }),
    ),
  ).toBeUndefined();
  expect(
    bestStep(
      run({
        found: [
          [0.6, 1],
          [Number.NaN, 1],
          [0.5, 1],
        ],
        losses: batches(1, 1, 20),
      }),
    ),
  ).toBeUndefined();
});
