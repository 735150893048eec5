import { type Decimal, isMissing, numberIn } from "./numbers.ts";
import type { DataRow } from "./row.ts";

/** What a column holds. */
export interface Column {
  /** Counted from 1. */
  readonly place: number;
  /** Lower case; empty where the file has no names. */
  readonly name: string;
  /** Its name as the file has it, or its place. */
  readonly title: string;
  /** Whether its cells are numbers, but for some that say that there is none. */
  readonly isNumeric: boolean;
  readonly isWhole: boolean;
  /** How its decimals are written; both are possible where each comma or point may as well group thousands. */
  readonly decimal: Decimal | "either";
  /** Different cells, numbers by their value. */
  readonly distinct: number;
  readonly filled: number;
  readonly missing: number;
  readonly meanLength: number;
  /** Different cells as they are written, of a few. */
  readonly values: ReadonlySet<string>;
  /** Whether its numbers count the rows. */
  readonly isCount: boolean;
  /** Whether cells are no language: words of which each is a row's own, as ids are, or dates, addresses and hashes. */
  readonly isWords: boolean;
  /** Share of the cells that are a single word, and that are questions. */
  readonly singleWords: number;
  readonly questions: number;
  /** Whether most cells are lists or objects as JSON and Python write them. */
  readonly isSyntax: boolean;
}

/** Rows that are looked at, evenly over the file, since files are often sorted. */
const SAMPLE = 1000;

export function sampleOf<T>(rows: readonly T[]): readonly T[] {
  if (rows.length <= SAMPLE) return rows;
  return Array.from({ length: SAMPLE }, (_, at) => rows[Math.floor((at * rows.length) / SAMPLE)]!);
}

/** Cells of a column, one in twenty at most, that are no numbers though the others are. */
const STRAY = 0.05;

export function columnsOf(rows: readonly DataRow[], names: readonly (string | undefined)[]): Column[] {
  const width = rows.reduce((most, { cells }) => Math.max(most, cells.length), names.length);
  return Array.from({ length: width }, (_, at) => {
    const cells = rows.map(({ cells }) => cells[at]?.trim() ?? "").filter((cell) => cell !== "");
    return columnOf(cells, at + 1, names[at] ?? "", rows.length);
  });
}

function columnOf(cells: readonly string[], place: number, name: string, rows: number): Column {
  const known = cells.filter((cell) => !isMissing(cell, true));
  const numbers = { point: numbersIn(known, "point"), comma: numbersIn(known, "comma") };
  const decimal = numbers.comma.length > numbers.point.length ? "comma" : "point";
  const found = numbers[decimal];
  const isNumeric =
    known.length > 0 &&
    found.length >= (1 - STRAY) * known.length &&
    (found.length === known.length || found.length > 20);
  const isEither =
    isNumeric &&
    numbers.comma.length === numbers.point.length &&
    numbers.comma.some((value, at) => value !== numbers.point[at]);
  const written = new Set(cells);
  return {
    place,
    name: nameOf(name),
    title: name || `column ${place}`,
    isNumeric,
    isWhole: isNumeric && found.every(Number.isInteger),
    decimal: isEither ? "either" : decimal,
    distinct: isNumeric ? new Set(found).size : written.size,
    filled: cells.length,
    missing: cells.length - known.length,
    meanLength: cells.reduce((sum, { length }) => sum + length, 0) / Math.max(1, cells.length),
    values: written,
    isCount: isNumeric && cells.length > 2 && cells.length === rows && isAscending(found),
    isWords:
      !isNumeric &&
      cells.length > 2 &&
      (cells.every((cell) => MARK.test(cell)) ||
        (written.size === cells.length && cells.every((cell) => /^[!-~]+$/.test(cell)))),
    singleWords: share(cells, /^\S+$/),
    questions: share(cells, /\?$/),
    isSyntax: share(cells, /^[[{]\s*(['"{[]|\d+\s*[,\]]).*[\]}]$/s) > 0.5,
  };
}

function share(cells: readonly string[], pattern: RegExp): number {
  return cells.filter((cell) => pattern.test(cell)).length / Math.max(1, cells.length);
}

/** A date, a time, an address or a hash. */
const MARK =
  /^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ,]+\d.*)?|[A-Z][a-z]{2},? [A-Z]?\w+ .*\d{4}|\d{1,2}:\d{2}(:\d{2})?|https?:\S+|\S+@\S+\.\w+|[\da-f-]{16,})$/;

function numbersIn(cells: readonly string[], decimal: Decimal): number[] {
  return cells.map((cell) => numberIn(cell, decimal)).filter((value) => value !== undefined);
}

/** Whole numbers of which each is larger than the one before. */
function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((value, at) => Number.isInteger(value) && (at === 0 || value > numbers[at - 1]!));
}

/** A column's name as tables of names have it. */
export function nameOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}
