import { nameOf } from "./columns.ts";
import { isSame } from "./header.ts";
import { knownNames } from "./names.ts";
import type { BadRow, DataRow, RawRows } from "./row.ts";
import { type RowSettings, readRows } from "./rows.ts";
import type { DataFormat, DataSettings } from "./settings.ts";
import { decodeData } from "./text.ts";

/** A file as rows of like length. */
export interface DataTable {
  /** Names of columns; where the file has none, "column 1" and so on. */
  readonly columns: readonly string[];
  readonly rows: readonly DataRow[];
  readonly bad: readonly BadRow[];
}

/** What decides how a file becomes rows with columns. */
export type TableSettings = RowSettings & Pick<DataSettings, "dataHeader">;

/** Reads a file's rows. @throws RefusedFileError naming file and line where it cannot be read at all. */
export async function readTable(bytes: Uint8Array, file: string, settings: TableSettings): Promise<DataTable> {
  return tableOf(await readRows(decodeData(bytes, file), settings, file), settings);
}

/** Takes the names of columns off, and sorts out rows that have more or fewer cells than the others. */
export function tableOf(
  { rows, bad, keys, hasExtras = false }: RawRows,
  { dataFormat, dataHeader, dataRules }: Pick<TableSettings, "dataFormat" | "dataHeader" | "dataRules">,
): DataTable {
  if (keys) return { columns: keys, rows, bad };
  const isHeaded = takesHeader(dataFormat) && dataHeader === "yes";
  const { names, width, below: rowsBelow, above } = (dataRules === "1" ? headedAtOnce : headed)(rows, isHeaded);
  const isAgain = (row: DataRow) => dataRules === "2" && names !== undefined && isSame({ line: 0, cells: names }, row);
  const again = rowsBelow.filter(isAgain);
  const below = again.length > 0 ? rowsBelow.filter((row) => !isAgain(row)) : rowsBelow;
  const columns = Array.from({ length: width }, (_, at) => names?.[at]?.trim() || `column ${at + 1}`);
  const isFitting = ({ cells }: DataRow) => cells.length === width || (hasExtras && cells.length > width);
  const ragged = [
    ...again.map((row) => ({ row, problem: "the names of the columns stand here again" })),
    ...above.map((row) => ({ row, problem: "this stands above the names of the columns" })),
    ...below
      .filter((row) => !isFitting(row))
      .map((row) => ({
        row,
        problem: `${row.cells.length} ${row.cells.length === 1 ? "cell" : "cells"} where ${width} belong`,
      })),
  ].map(({ row: { line, cells }, problem }) => ({ line, problem, ...(dataRules === "2" && { cells }) }));
  return {
    columns: dataRules === "1" ? columns : told(columns),
    rows: below.filter(isFitting),
    bad: [...bad, ...ragged].sort((a, b) => a.line - b.line),
  };
}

/** Names of columns, how many cells a row has, the rows, and those above the names. */
interface Headed {
  readonly names: DataRow["cells"] | undefined;
  readonly width: number;
  readonly below: readonly DataRow[];
  readonly above: readonly DataRow[];
}

/** The first row is the names, and rows have as many cells: the rule of then. */
function headedAtOnce(rows: readonly DataRow[], isHeaded: boolean): Headed {
  const names = isHeaded ? rows[0]?.cells : undefined;
  const below = names ? rows.slice(1) : rows;
  return { names, width: names?.length ?? usualWidth(below), below, above: [] };
}

/**
 * The names are the first row, but for titles of one cell above it. They may be one fewer than the cells of a row, where
 * rows begin with names of their own. Empty cells at the end of a row are none.
 */
function headed(given: readonly DataRow[], isHeaded: boolean): Headed {
  const usual = usualWidth(given.slice(isHeaded ? 1 : 0)) || usualWidth(given);
  const fitted = (rows: readonly DataRow[], width: number) =>
    rows.map((row) => (row.cells.length > width ? { ...row, cells: trimmed(row.cells, width) } : row));
  if (!isHeaded) return { names: undefined, width: usual, below: fitted(given, usual), above: [] };
  const rows = fitted(given, usual);
  const at = namesAt(rows);
  const cells = rows[at]?.cells ?? [];
  const below = rows.slice(at + 1);
  const names = cells.length === usual - 1 && haveNames(below) ? ["", ...cells] : cells;
  return { names, width: names.length, below: fitted(below, names.length), above: rows.slice(0, at) };
}

/** Where the names of columns would stand: below titles of one cell. */
export function namesAt(rows: readonly DataRow[]): number {
  if (usualWidth(rows) < 2) return 0;
  return Math.max(
    0,
    rows.findIndex(
      ({ cells }) => trimmed(cells, 1).length > 1 || (cells.length > 1 && knownNames.has(nameOf(cells[0] ?? ""))),
    ),
  );
}

/** Whether rows begin with a word that is each row's own. */
function haveNames(rows: readonly DataRow[]): boolean {
  const first = rows.map(({ cells }) => cells[0]?.trim() ?? "");
  return first.every((name) => /^\S+$/.test(name)) && new Set(first).size === first.length;
}

function trimmed(cells: DataRow["cells"], width: number): DataRow["cells"] {
  let end = cells.length;
  while (end > width && (cells[end - 1] ?? "").trim() === "") end--;
  return cells.slice(0, end);
}

/** Names of which none is another's: those that come again are numbered. */
function told(columns: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return columns.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** Whether the first row may hold names. */
export function takesHeader(format: DataFormat): boolean {
  return format === "csv" || format === "csv-escaped" || format === "tsv";
}

/** Rows that are looked at to find how many cells belong into one. */
const LOOKED_AT = 1000;

function usualWidth(rows: readonly DataRow[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows.slice(0, LOOKED_AT)) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0])[0]!;
}
