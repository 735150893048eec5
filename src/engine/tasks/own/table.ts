import { type BadRow, type DataRow, type RawRows, readRows } from "./rows.ts";
import { type DataFormat, type DataSettings, hasColumns } from "./settings.ts";
import { decodeData } from "./text.ts";

/** A file as rows of like length. */
export interface DataTable {
  /** Names of columns; where the file has none, "column 1" and so on. */
  readonly columns: readonly string[];
  readonly rows: readonly DataRow[];
  readonly bad: readonly BadRow[];
}

/** Reads a file's rows. @throws RefusedFileError naming file and line where it cannot be read at all. */
export async function readTable(
  bytes: Uint8Array,
  file: string,
  settings: Pick<DataSettings, "dataFormat" | "dataHeader">,
): Promise<DataTable> {
  return tableOf(await readRows(decodeData(bytes, file), settings.dataFormat, file), settings);
}

/** Takes the names of columns off, and sorts out rows that have more or fewer cells than the others. */
export function tableOf(
  { rows, bad, keys, hasExtras = false }: RawRows,
  { dataFormat, dataHeader }: Pick<DataSettings, "dataFormat" | "dataHeader">,
): DataTable {
  if (keys) return { columns: keys, rows, bad };
  const header = takesHeader(dataFormat) && dataHeader === "yes" ? rows[0] : undefined;
  const below = header ? rows.slice(1) : rows;
  const width = header?.cells.length ?? usualWidth(below);
  const columns = Array.from({ length: width }, (_, at) => header?.cells[at]?.trim() || `column ${at + 1}`);
  const fits = ({ cells }: DataRow) => cells.length === width || (hasExtras && cells.length > width);
  const ragged = below
    .filter((row) => !fits(row))
    .map(({ line, cells }) => ({
      line,
      problem: `${cells.length} ${cells.length === 1 ? "cell" : "cells"} where ${width} belong`,
    }));
  return { columns, rows: below.filter(fits), bad: [...bad, ...ragged].sort((a, b) => a.line - b.line) };
}

/** Whether the first row may hold names. */
export function takesHeader(format: DataFormat): boolean {
  return hasColumns(format) && format !== "jsonl" && format !== "json";
}

/** Rows that are looked at to find how many cells belong into one. */
const LOOKED_AT = 1000;

function usualWidth(rows: readonly DataRow[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows.slice(0, LOOKED_AT)) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0])[0]!;
}
