import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { learntFrom, lookedAt } from "../testing/dataFiles.ts";
import { anyRoughTable, type RoughTable } from "../testing/roughTables.ts";
import type { DataDescription } from "./inspectData.ts";

const RUNS = 300;
const holds = (property: (made: RoughTable, seen: DataDescription) => void | Promise<void>) =>
  fc.assert(
    fc.asyncProperty(anyRoughTable, async (made) => property(made, await lookedAt("table.csv", made.content))),
    { numRuns: RUNS },
  );

const asked = ({ questions }: DataDescription) => questions.map(({ id }) => id);
const told = ({ warnings }: DataDescription) => warnings.join("\n");

/** Whether the file was understood; otherwise somebody has been asked. */
const isRead = (made: RoughTable, seen: DataDescription) =>
  (seen.settings.dataHeader === "yes") === made.isNamed &&
  seen.settings.dataText === made.text &&
  seen.settings.dataLabel === made.label;

describe("tables with what goes wrong in tables", () => {
  test("a wrong guess of the first row is asked about, or told", () =>
    holds((made, seen) => {
      if ((seen.settings.dataHeader === "yes") === made.isNamed || asked(seen).includes("header")) return;
      expect(told(seen)).toMatch(/under First row/);
    }));

  test("a wrong guess of the columns is asked about, or told by name", () =>
    holds((made, seen) => {
      if (isRead(made, seen) || asked(seen).length > 0) return;
      for (const [wanted, found] of [
        [made.text, seen.settings.dataText],
        [made.label, seen.settings.dataLabel],
      ] as const)
        if (wanted !== found) expect(told(seen)).toContain(seen.columns[wanted - 1]);
    }));

  test("every row is used, or bad and told by its line", () =>
    holds((made, seen) => {
      if (!isRead(made, seen)) return;
      expect(seen.bad.map(({ line }) => line)).toEqual(made.badLines);
      const spoilt = made.badLines.filter((line) => line > 0).length;
      const isIn = (line: number) => made.content.split("\n").length > line;
      expect(made.badLines.every(isIn)).toBe(true);
      expect(seen.rows + spoilt).toBeGreaterThanOrEqual(made.rows);
    }));

  test("no name of a column is learnt", () =>
    holds(async (made, seen) => {
      if (!made.isNamed || asked(seen).includes("header") || /under First row/.test(told(seen))) return;
      const { chosen } = await learntFrom("table.csv", made.content, seen.settings);
      const names = new Set(made.firstCells.filter((name) => name !== ""));
      for (const { text, label } of chosen) expect([names.has(text), names.has(label ?? "")]).toEqual([false, false]);
    }));

  test("a class of one row, and classes that are written in two ways, are reported", () =>
    holds((made, seen) => {
      if (!isRead(made, seen) || seen.classes === undefined) return;
      if (made.single) expect(told(seen)).toContain(`${made.single.name} (line ${made.single.line})`);
      if (made.hasVariants) expect(told(seen)).toContain("differ only in how they are written");
    }));

  test("most are read without a question", async () => {
    let [read, all] = [0, 0];
    await holds((made, seen) => {
      all++;
      if (isRead(made, seen) && asked(seen).length === 0) read++;
    });
    expect(read / all).toBeGreaterThan(0.5);
  });
});
