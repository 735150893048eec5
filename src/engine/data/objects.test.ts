import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { learntFrom, lookedAt } from "../testing/dataFiles.ts";
import {
  answerShapes,
  anyAnswers,
  anyRows,
  containers,
  flatContainers,
  labelShapes,
  type MadeRow,
} from "../testing/jsonFiles.ts";

const RUNS = 300;

describe("JSON, whatever it is put into,", () => {
  test("holds the same texts and classes", () => holdsIn(labelShapes, anyRows, "classification"));
  test("holds the same prompts and completions", () => holdsIn(answerShapes, anyAnswers, "completion"));

  test("is read but for the row that is broken, which is reported by its line", () =>
    fc.assert(
      fc.asyncProperty(anyRows, fc.nat(), fc.constantFrom(...BROKEN), async (rows, which, broken) => {
        const lines = rows.map(({ text, wanted }) => JSON.stringify({ text, label: wanted }));
        const at = which % lines.length;
        lines[at] = broken;
        const seen = await lookedAt("rows.jsonl", lines.join("\n"));
        expect(seen.bad.map(({ line }) => line)).toEqual([at + 1]);
        expect(seen.rows).toBe(rows.length - 1);
      }),
      { numRuns: RUNS },
    ));
});

const BROKEN = [
  '{"text": "a',
  '{"text": "a" "label": "b"}',
  "{'text': 'a'}",
  '{"text": None}',
  "text, label",
  '"text"',
  "[1, 2]",
  '{"text": "a", "text": "b"}',
];

function holdsIn(
  shapes: typeof labelShapes,
  anyOf: fc.Arbitrary<readonly MadeRow[]>,
  kind: "classification" | "completion",
): Promise<void> | void {
  return fc.assert(
    fc.asyncProperty(anyOf, fc.constantFrom(...shapes), fc.nat(), async (rows, [shape, isFlat, write], which) => {
      const all = isFlat ? flatContainers : containers;
      const [container, ending, put] = all[which % all.length]!;
      const what = `${shape}, ${container}`;
      const content = put(rows.map(write));
      const seen = await lookedAt(`rows.${ending}`, content);
      expect(seen.obstacle, what).toBeUndefined();
      expect(seen.questions, what).toEqual([]);
      expect(seen.settings.dataKind, what).toBe(kind);
      expect([seen.rows, seen.badRows], what).toEqual([rows.length, 0]);
      const { chosen } = await learntFrom(`rows.${ending}`, content, seen.settings);
      expect(
        chosen.map(({ text }) => text),
        what,
      ).toEqual(rows.map(({ text }) => text));
      if (kind === "completion")
        expect(
          chosen.map(({ second }) => second),
          what,
        ).toEqual(rows.map(({ wanted }) => wanted));
      else {
        const classes = new Map(chosen.map(({ label }, at) => [label, rows[at]!.wanted]));
        expect(
          chosen.map(({ label }) => classes.get(label)),
          what,
        ).toEqual(rows.map(({ wanted }) => wanted));
        expect(classes.size, what).toBe(2);
      }
    }),
    { numRuns: RUNS },
  );
}
