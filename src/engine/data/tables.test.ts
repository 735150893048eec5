import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { learntFrom, lookedAt } from "../testing/dataFiles.ts";
import { anyTable, type MadeTable } from "../testing/tables.ts";
import type { DataDescription } from "./inspectData.ts";

const holds = (property: (made: MadeTable, seen: DataDescription) => void | Promise<void>, numRuns = 250) =>
  fc.assert(
    fc.asyncProperty(anyTable, async (made) => property(made, await lookedAt(made.file, made.content))),
    { numRuns },
  );

/** Whether somebody is asked, or told, about one of these settings. */
const isAsked = ({ questions }: DataDescription, ...ids: string[]) => questions.some(({ id }) => ids.includes(id));

const placeOf = ({ columns }: MadeTable, role: string) => columns.findIndex((column) => column.role === role) + 1;

describe("tables as people save them", () => {
  test("the names of columns are no row, and a row is no names", () =>
    holds((made, seen) => {
      if (isAsked(seen, "header")) return;
      expect(seen.settings.dataHeader).toBe(made.isNamed ? "yes" : "no");
    }));

  test("every row is used or told by a line of the file", () =>
    holds((made, seen) => {
      if (isAsked(seen, "header")) return;
      expect(seen.rows + seen.badRows).toBe(made.rows);
      expect(seen.badRows).toBe(0);
      const lines = made.content.split("\n").length;
      for (const { line } of seen.bad) expect(line >= 1 && line <= lines).toBe(true);
    }));

  test("text and label are found", () =>
    holds((made, seen) => {
      if (isAsked(seen, "header", "text", "label")) return;
      expect([seen.settings.dataText, seen.settings.dataLabel]).toEqual([
        placeOf(made, "text"),
        placeOf(made, "label"),
      ]);
      expect(seen.settings).toMatchObject({ dataContext: 0, dataSecond: 0 });
      if (!isAsked(seen, "kind")) expect(seen.settings.dataKind).toBe(made.isScore ? "regression" : "classification");
    }));

  test("what is learnt is what stands in the rows, to the letter", () =>
    holds(async (made, seen) => {
      if (isAsked(seen, "header", "text", "label", "kind", "decimal")) return;
      const { chosen, lines } = await learntFrom(made.file, made.content, seen.settings);
      expect(chosen.map(({ text }) => text)).toEqual(made.text.cells);
      const read = (cell: string) => {
        const number = Number(cell.replace(",", "."));
        return Number.isNaN(number) ? cell : number;
      };
      expect(chosen.map(({ label }) => read(label!))).toEqual(made.label.cells.map(read));
      expect(lines[0]).toBe(made.firstLine);
    }));

  test("columns that are left out are reported", () =>
    holds((made, seen) => {
      if (isAsked(seen, "header")) return;
      const key = placeOf(made, "key");
      const left = key > 0 ? [seen.columns[key - 1]!] : [];
      const told = seen.warnings.filter((warning) => /left out: /.test(warning)).join();
      for (const name of left) expect(told).toContain(name);
    }));

  test("nothing depends on the file's name, its line ends, its last line or its byte order mark", () =>
    holds(async (made, seen) => {
      const { reference: _, sha256: __, bytes: ___, ...wanted } = seen;
      const ending = made.file.split(".").at(-1);
      const plain = made.content.replace("\ufeff", "").replaceAll("\r\n", "\n");
      for (const [file, content] of [
        [`another.${ending}`, made.content],
        [made.file, `${made.content}\n`],
        [made.file, plain.slice(0, -1)],
        [made.file, `\ufeff${plain}`],
        [made.file, plain.replaceAll("\n", "\r\n")],
        [made.file, plain.replaceAll("\n", "\r")],
      ] as const) {
        const { reference: _, sha256: __, bytes: ___, ...found } = await lookedAt(file, content);
        expect(found).toEqual(wanted);
      }
    }, 60));
});
