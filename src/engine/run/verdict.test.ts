import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricsOf, type TaskKind } from "../tasks/task.ts";
import { type Evaluation, verdictInWords, worseThanBefore } from "./verdict.ts";

const history = (...values: readonly Evaluation["values"][]): Evaluation[] =>
  values.map((each, at) => ({ step: 10 * at, values: each }));
const pearson = (value: number, loss: number) => ({ pearson: value, spearman: value, loss });
const accuracy = (value: number, loss: number) => ({ accuracy: value, macroF1: value, loss });
const tokens = (loss: number) => ({ perplexity: Math.exp(loss), loss });

describe("a run that ends worse than before training", () => {
  test.each<[string, TaskKind, Evaluation[], number, { since: number; isClear: boolean }]>([
    [
      "correlation lost",
      "regression",
      history(pearson(0.848, 0.96), pearson(0.2, 1.4), pearson(0, 2.2)),
      16,
      { since: 10, isClear: true },
    ],
    [
      "better at first",
      "regression",
      history(pearson(0.84, 0.96), pearson(0.86, 0.9), pearson(0.618, 1.1)),
      16,
      { since: 20, isClear: true },
    ],
    [
      "a loss that is sixty-fold, whatever classes come out right",
      "classification",
      history(accuracy(0.3, 0.7), accuracy(0.7, 42)),
      64,
      { since: 10, isClear: true },
    ],
    ["a text that it knew", "language-modelling", history(tokens(4.1), tokens(4.3)), 32, { since: 10, isClear: true }],
    [
      "no finite number",
      "regression",
      history(pearson(0.8, 1), pearson(Number.NaN, 1)),
      64,
      { since: 10, isClear: true },
    ],
    [
      "one of four rows",
      "classification",
      history(accuracy(0.5, 0.69), accuracy(0.25, 0.7)),
      4,
      { since: 10, isClear: false },
    ],
    ["a thousandth", "regression", history(pearson(0.77, 1), pearson(0.769, 1)), 256, { since: 10, isClear: false }],
  ])("%s", (_, kind, evaluations, rows, expected) => {
    expect(worseThanBefore(evaluations, metricsOf(kind), rows)).toMatchObject(expected);
  });

  test("is reported with what it shows in, and since when", () => {
    const evaluations = history(pearson(0.848, 0.9612345), pearson(0.1, 2), pearson(0, 2.2));
    expect(verdictInWords(worseThanBefore(evaluations, metricsOf("regression"), 16)!)).toBe(
      "Worse than before training since step 10: Pearson 0.848 before training, 0 now; Validation loss 0.9612 before training, 2.2 now",
    );
    const resumed = evaluations.map(({ step, values }) => ({ step: step + 40, values }));
    expect(verdictInWords(worseThanBefore(resumed, metricsOf("regression"), 16)!)).toMatch(
      /^Worse than at step 40 since step 50: Pearson 0\.848 at step 40, 0 now/,
    );
  });
});

describe("a run that does not", () => {
  test.each<[string, TaskKind, Evaluation[]]>([
    ["better", "regression", history(pearson(0.7, 1), pearson(0.8, 0.9))],
    ["worse in between", "regression", history(pearson(0.7, 1), pearson(0.1, 3), pearson(0.8, 0.9))],
    ["examples learnt by heart", "classification", history(accuracy(0.5, 0.69), accuracy(0.8, 1.4))],
    ["nothing to compare with", "regression", history(pearson(0.7, 1))],
    ["nothing at all", "regression", []],
  ])("%s", (_, kind, evaluations) => {
    expect(worseThanBefore(evaluations, metricsOf(kind), 64)).toBeUndefined();
  });
});

const kinds = ["regression", "classification", "language-modelling", "completion"] as const;
const anyHistory = fc.tuple(
  fc.constantFrom(...kinds),
  fc.array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 1e-3, max: 50, noNaN: true })), {
    minLength: 2,
    maxLength: 8,
  }),
  fc.integer({ min: 1, max: 1000 }),
);
const asEvaluations = (kind: TaskKind, pairs: readonly (readonly [number, number])[]): Evaluation[] =>
  pairs.map(([value, loss], at) => ({
    step: 5 * at,
    values: Object.fromEntries(
      metricsOf(kind).map(({ id, higherIsBetter }) => [
        id,
        id === "loss" ? loss : higherIsBetter ? value : Math.exp(loss),
      ]),
    ),
  }));

test("since when is the first of an unbroken row of worse validations up to the last", () => {
  fc.assert(
    fc.property(anyHistory, ([kind, pairs, rows]) => {
      const all = asEvaluations(kind, pairs);
      const verdict = worseThanBefore(all, metricsOf(kind), rows);
      const isWorse = (at: number) => worseThanBefore([all[0]!, all[at]!], metricsOf(kind), rows) !== undefined;
      expect(verdict !== undefined).toBe(isWorse(all.length - 1));
      if (!verdict) return;
      const first = verdict.since / 5;
      for (let at = first; at < all.length; at++) expect(isWorse(at)).toBe(true);
      expect(first === 1 || !isWorse(first - 1)).toBe(true);
    }),
  );
});

test("a run that gains in everything is never worse, nor is one that stays as it was; one that loses in everything is", () => {
  fc.assert(
    fc.property(anyHistory, ([kind, [pair], rows]) => {
      const [value, loss] = pair!;
      const judged = (to: readonly [number, number]) =>
        worseThanBefore(asEvaluations(kind, [[value, loss], to]), metricsOf(kind), rows);
      expect(judged([value, loss])).toBeUndefined();
      expect(judged([value + 0.1, 0.9 * loss])).toBeUndefined();
      expect(judged([value - 0.1, 1.1 * loss])).toBeDefined();
    }),
  );
});
