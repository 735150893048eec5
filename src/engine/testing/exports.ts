import { describe, expect, test } from "vitest";
import { followers, lookedAt, sentences } from "./dataFiles.ts";

/** A row for each of ten sentences. */
export const ten = <T>(row: (text: string, at: number, follower: string) => T): T[] =>
  sentences.map((text, at) => row(text, at, followers[at]!));
export const mood = (at: number) => (at % 3 === 0 ? "good" : "bad");
export const lines = (rows: readonly string[]) => rows.map((row) => `${row}\n`).join("");
export const classes = (text: string, label: string, names = ["bad", "good"]) => ({
  kind: "classification",
  text,
  label,
  classes: names,
});
export const answers = (text: string, second: string) => ({ kind: "completion", text, second });

/** What a file becomes when nobody chooses anything. */
export interface Expected {
  readonly kind?: string;
  readonly text?: string;
  readonly second?: string;
  readonly label?: string;
  readonly classes?: readonly string[];
  /** Of rows that can be used. */
  readonly rows?: number;
  readonly bad?: readonly number[];
  readonly asks?: string;
  readonly says?: RegExp;
  readonly refuses?: RegExp;
}

export type Exported = readonly [program: string, file: string, content: string, expected: Expected];

/** Tests that each is read, asked about, or refused as it should be. */
export function opensSo(files: readonly Exported[]): void {
  describe.each(files)("%s", (_, file, content, expected) => {
    const { kind, rows = 10, bad = [], asks, says, refuses, classes, ...places } = expected;

    test(`is read${asks ? ", and asked about" : ""}${refuses ? ", or refused" : ""}`, async () => {
      const seen = await lookedAt(file, content).catch((error: Error) => error);
      if (seen instanceof Error) {
        expect(seen.message).toMatch(refuses!);
        return;
      }
      const { settings, columns } = seen;
      if (refuses) expect(seen.obstacle).toMatch(refuses);
      else expect(seen.obstacle).toBeUndefined();
      expect(seen.questions.map(({ id }) => id)).toEqual(asks ? [asks] : []);
      if (kind) expect(settings.dataKind).toBe(kind);
      const found = {
        text: columns[settings.dataText - 1],
        second: columns[settings.dataSecond - 1],
        label: columns[settings.dataLabel - 1],
      };
      expect(found).toMatchObject(places);
      if (!refuses || bad.length > 0) expect(seen.rows).toBe(rows);
      expect(seen.bad.map(({ line }) => line)).toEqual(bad);
      if (classes) expect(seen.classes?.map(({ name }) => name)).toEqual(classes);
      if (says) expect(seen.warnings.join("\n")).toMatch(says);
    });
  });
}
