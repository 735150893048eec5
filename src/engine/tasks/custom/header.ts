import { type Column, columnsOf, nameOf, sampleOf } from "./columns.ts";
import { knownNames } from "./names.ts";
import { isMissing, numberIn, numberOf } from "./numbers.ts";
import type { DataRow } from "./row.ts";
import { MAX_CLASSES } from "./settings.ts";

/** Names that programs give to columns that have none. */
const genericName = /^(v|x|c|f|col|column|field|feature|attribute|unnamed|var|variable)[ _:.]*\d+$/i;

/** Evidence from which on there is no doubt. */
const CERTAIN = 1;

/**
 * Whether a row is the names of columns, by what stands in it and below: a cell of another kind than those below, one that
 * is no class though the column has few, one that is short above long texts, or a well-known name. No single cell decides:
 * any may be empty or come twice.
 *
 * @param columns what stands below.
 */
export function hasNames(first: DataRow, columns: readonly Column[]): "yes" | "no" | "unclear" {
  const names = first.cells.map((cell) => (cell ?? "").trim());
  if (names.every((name) => name === "")) return "no";
  if (arePandasNumbers(names, columns)) return "yes";
  let [fors, againsts] = [0, 0];
  for (const [at, name] of names.entries()) {
    const evidence = evidenceOf(name, columns[at]);
    if (evidence > 0) fors += evidence;
    else againsts -= evidence;
  }
  if (fors >= CERTAIN && againsts < CERTAIN) return "yes";
  if (againsts >= CERTAIN && fors < CERTAIN) return "no";
  // Nothing tells short cells above short cells from names.
  if (fors < CERTAIN) return againsts === 0 && names.length > 1 && (fors > 0 || names.every(isName)) ? "unclear" : "no";
  return fors > 2 * againsts ? "yes" : againsts > 2 * fors ? "no" : "unclear";
}

/** How much a cell speaks for being a name, above 0, or for being a cell like those below, under 0. */
function evidenceOf(name: string, column: Column | undefined): number {
  if (name === "") return 0;
  if (!column || column.filled === 0) return isName(name) ? 0.5 : -0.5;
  const isKnown = knownNames.has(nameOf(name));
  if (column.values.has(name)) return column.isNumeric || !isName(name) ? -0.5 : -1.5;
  if (isMissing(name, true)) return 0;
  if (numberIn(name, "point") !== undefined || numberIn(name, "comma") !== undefined)
    return column.isNumeric ? -1.5 : -0.5;
  const isClass = column.distinct <= MAX_CLASSES && 2 * column.distinct <= column.filled;
  // Forms have whole questions for names.
  if (!isName(name)) {
    if (column.isNumeric || column.isWords || column.isSyntax) return 1.5;
    if (isClass && name.length > 2 * column.meanLength) return 1;
    return /\?$/.test(name) && column.questions < 0.2 ? 0.5 : -1.5;
  }
  if (isKnown || genericName.test(name)) return 2;
  if (column.isNumeric || column.isSyntax) return 1.5;
  // A name above classes that come again and again, of which it is none, unless it is the one class that does not.
  if (isClass) return column.filled >= 3 * column.distinct ? 0.9 : 0.5;
  // Three words may be a short text.
  if (column.meanLength > 3 * name.length) return name.split(/\s+/).length < 3 ? 1 : 0.05;
  // A single word above texts.
  return /^\S+$/.test(name) && column.singleWords < 0.1 && !column.isWords ? 1 : 0;
}

/** What pandas writes above columns without names: 0, 1, 2. */
function arePandasNumbers(names: readonly string[], columns: readonly Column[]): boolean {
  const numbered = names.filter((name) => name !== "");
  return (
    (numbered.length > 1 || (numbered.length === 1 && names[0] === "")) &&
    numbered.every((name, at) => name === String(at)) &&
    columns.some(({ isNumeric, filled }) => filled > 0 && !isNumeric)
  );
}

/** Whether a cell could be a name: short, and no sentence. */
function isName(name: string): boolean {
  return name.length <= 40 && name.split(/\s+/).length <= 3 && !/[.!?]$/.test(name);
}

/** Whether a line, cut somehow, is names of columns, of which one at least is usual. */
export function areKnownNames(names: readonly string[]): boolean {
  return (
    names.length > 1 &&
    names.every((name) => name === "" || (isName(name) && numberOf(name) === undefined)) &&
    names.some((name) => knownNames.has(nameOf(name)))
  );
}

/** The same of the first rows of a table. */
export function decideHeader(rows: readonly DataRow[]): "yes" | "no" | "unclear" {
  const [first, ...rest] = rows;
  if (!first) return "no";
  if (rest.length === 0) {
    const names = first.cells.map((cell) => (cell ?? "").trim());
    return areKnownNames(names) || (names.length === 1 && knownNames.has(nameOf(names[0]!))) ? "yes" : "no";
  }
  const shift = usualShift(first, rest);
  const others = rest.filter((row) => !isSame(first, row));
  const below = others.length > 0 ? others : rest;
  return hasNames(shift ? { ...first, cells: ["", ...first.cells] } : first, columnsOf(sampleOf(below), []));
}

/** Whether a row of several cells stands there again, as the names do where tables were put together. */
export function isSame({ cells }: DataRow, other: DataRow): boolean {
  return cells.length > 1 && other.cells.length === cells.length && other.cells.every((cell, at) => cell === cells[at]);
}

/** Whether the first row has one cell fewer than the others, as where rows have names of their own. */
function usualShift(first: DataRow, rest: readonly DataRow[]): boolean {
  return rest.every(({ cells }) => cells.length === first.cells.length + 1);
}
