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
  const areNumbers = rows.every(({ cells }) => {
    const cell = cells[dataLabel - 1]?.trim() ?? "";
    return isMissing(cell, true) || numberOf(cell) !== undefined;
  });
  return (written) => {
    if (isMissing(written, isScore || areNumbers))
      return { problem: `the label "${shown(written)}" says that there is none` };
    if (!isScore) return { label: areNumbers ? canonical(written) : written };
    const value = numberIn(written, dataDecimal);
    if (value !== undefined)
      return { label: dataDecimal === "point" && numberOf(written) === value ? written : String(value) };
    const other = dataDecimal === "point" && /^[+-]?\d+,\d+$/.test(written) ? "; for decimal commas choose Comma" : "";
    return { problem: `the label "${shown(written)}" is no number${other}` };
  };
}

/** One way to write a number: 1.0 and 1 are one class. Numbers that begin with a 0, or have more digits than a number holds, are codes. */
function canonical(written: string): string {
  return /^[+-]?0\d|\d{16}/.test(written) ? written : String(Number(written) + 0);
}
