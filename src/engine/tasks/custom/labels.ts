import { shown } from "../../checkpoint/refusal.ts";
import { isMissing, numberIn, numberOf } from "./numbers.ts";
import type { DataSettings } from "./settings.ts";
import type { DataTable } from "./table.ts";

/** A label as a class or a number is known by, or what is wrong with it. */
export type LabelReader = (written: string) => { readonly label: string } | { readonly problem: string };

/** How the labels of a column are read: by the rules of now, whether they are numbers depends on all of them. */
export function labelReader(
  { rows }: DataTable,
  { dataLabel, dataKind, dataDecimal, dataRules }: DataSettings,
): LabelReader {
  const isScore = dataKind === "regression";
  if (dataRules === "1") {
    return (written) =>
      isScore && numberOf(written) === undefined
        ? { problem: `the label "${shown(written)}" is no number` }
        : { label: written };
  }
  const written = new Set(rows.map(({ cells }) => cells[dataLabel - 1]?.trim() ?? ""));
  // A dash among three classes or more stands where annotators did not agree; with a plus it is one of two.
  const isDashMissing = written.size > 2 && !written.has("+");
  const areNumbers = rows.every(({ cells }) => {
    const cell = cells[dataLabel - 1]?.trim() ?? "";
    return isMissing(cell, true) || numberOf(cell) !== undefined;
  });
  return (given) => {
    const written = inList(given);
    if (written === undefined)
      return { problem: `the label "${shown(given)}" is a list, and one class a row can be learnt` };
    if (isMissing(written, isScore || areNumbers) || (isDashMissing && /^[-–—]+$/.test(written)))
      return { problem: `the label "${shown(written)}" says that there is none` };
    if (!isScore) return { label: areNumbers ? canonical(written) : written };
    const value = numberIn(written, dataDecimal);
    if (value !== undefined)
      return { label: dataDecimal === "point" && numberOf(written) === value ? written : String(value) };
    const other = dataDecimal === "point" && /^[+-]?\d+,\d+$/.test(written) ? "; for decimal commas choose Comma" : "";
    return { problem: `the label "${shown(written)}" is no number${other}` };
  };
}

/** The entry of a list with a single one, as Python writes lists into cells. @returns nothing where it has several. */
function inList(written: string): string | undefined {
  const [, inner] = /^\[((?:'.*'|".*"|\d[\d., ]*))\]$/s.exec(written) ?? [];
  if (inner === undefined) return written;
  return /^(?:'[^']*'|"[^"]*"|[\d.]+)$/.test(inner) ? inner.replace(/^(['"])(.*)\1$/s, "$2").trim() : undefined;
}

/** One way to write a number: 1.0 and 1 are one class. Numbers that begin with a 0, or have more digits than a number holds, are codes. */
function canonical(written: string): string {
  return /^[+-]?0\d|\d{16}/.test(written) ? written : String(Number(written) + 0);
}
