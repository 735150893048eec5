import { describe, expect, test } from "vitest";
import { csvOf, followers, jsonlOf, lookedAt, sentences, tsvOf } from "./dataFiles.ts";

/** A row of a made-up data set: two sentences, and places of its classes. */
export interface Made {
  readonly at: number;
  readonly one: string;
  readonly two: string;
  /** Of two, three and five classes. */
  readonly [of: `of${number}`]: number;
}

export const made: readonly Made[] = sentences.map((one, at) => ({
  at,
  one,
  two: followers[at]!,
  of2: (at * 3) % 2,
  of3: (at * 7) % 3,
  of4: (at * 3) % 4,
  of5: (at * 2) % 5,
}));

export type Layout = readonly [
  name: string,
  file: string,
  write: (rows: readonly Made[]) => string,
  expected: { kind: string; text: string; second?: string; context?: string; label?: string; classes?: number },
];

const table = (header: string | undefined, write: (cells: string[][]) => string, row: (made: Made) => unknown[]) => {
  return (rows: readonly Made[]) =>
    write([...(header === undefined ? [] : [header.split(",")]), ...rows.map((each) => row(each).map(String))]);
};
export const csv = (header: string | undefined, row: (made: Made) => unknown[]) =>
  table(header, (rows) => csvOf(rows), row);
export const quoted = (header: string | undefined, row: (made: Made) => unknown[]) =>
  table(header, (rows) => csvOf(rows, ",", "all"), row);
export const tsv = (header: string | undefined, row: (made: Made) => unknown[]) => table(header, tsvOf, row);
export const objects = (row: (made: Made) => object) => (rows: readonly Made[]) => jsonlOf(rows.map(row));
export const list = (indent: number, row: (made: Made) => object) => (rows: readonly Made[]) =>
  JSON.stringify(rows.map(row), null, indent);

export const single = (text: string, label: string, classes: number) => ({
  kind: "classification",
  text,
  label,
  classes,
});
export const pair = (text: string, second: string, label: string, classes: number) => ({
  ...single(text, label, classes),
  second,
});
export const scored = (text: string, second: string, label: string) => ({ kind: "regression", text, second, label });
export const answered = (text: string, second: string, context?: string) => ({
  kind: "completion",
  text,
  second,
  ...(context && { context }),
});

const sorted = [...made].sort((a, b) => a.of2! - b.of2! || a.of3! - b.of3! || a.at - b.at);

/** Tests that each opens with its task and columns, and nothing is asked; in any order of its classes. */
export function opensAsItIs(layouts: readonly Layout[]): void {
  describe.each(layouts)("%s", (_, file, write, { kind, classes, ...places }) => {
    test.each([
      ["mixed", made],
      ["sorted", sorted],
    ] as const)("%s", async (_, rows) => {
      const seen = await lookedAt(file, write(rows).replace(/"#(\d\.0)"/g, "$1"));
      const { settings, columns } = seen;
      const name = (place: number) => (place === 0 ? undefined : columns[place - 1]);
      expect(seen.questions).toEqual([]);
      expect(seen.obstacle).toBeUndefined();
      expect(settings.dataKind).toBe(kind);
      const isScored = kind === "classification" || kind === "regression";
      expect({
        text: name(settings.dataText),
        context: name(settings.dataContext),
        second: name(settings.dataSecond),
        label: isScored ? name(settings.dataLabel) : undefined,
      }).toEqual({ context: undefined, second: undefined, label: undefined, ...places });
      expect(seen.bad).toEqual([]);
      expect(seen.rows).toBe(10);
      expect(seen.classes?.length).toBe(classes);
    });
  });
}
