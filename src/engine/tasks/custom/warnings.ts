import { listed, shown } from "../../checkpoint/refusal.ts";
import type { Example } from "../task.ts";
import type { ChosenRows, CustomTask } from "./examples.ts";
import { isMissing, mayBeMissing, numberOf } from "./numbers.ts";
import type { BadRow, RawRows } from "./row.ts";
import type { DataSettings } from "./settings.ts";
import { type DataTable, takesHeader } from "./table.ts";

/** What of a file was passed over, or left out, by settings that can use the rest. */
export function omissionsOf(raw: RawRows, table: DataTable, settings: DataSettings): string[] {
  const { dataText, dataContext, dataSecond, dataLabel, dataKind } = settings;
  const isText = dataKind === "language-modelling";
  const isScored = dataKind === "classification" || dataKind === "regression";
  const used = new Set([dataText, dataContext, ...(isText ? [] : [dataSecond]), ...(isScored ? [dataLabel] : [])]);
  const unused = table.columns.filter(
    (_, at) => !used.has(at + 1) && table.rows.some(({ cells }) => (cells[at] ?? "").trim() !== ""),
  );
  return [
    ...(raw.notes ?? []),
    ...(unused.length > 0
      ? [`${unused.length === 1 ? "This column is" : "These columns are"} left out: ${listed(unused)}.`]
      : []),
  ];
}

/** What is odd about the rows that were chosen, and how they were divided. */
export function warningsOf(rows: ChosenRows, own: CustomTask, settings: DataSettings): string[] {
  return [...textWarnings(rows), ...labelWarnings(rows, own, settings), ...splitWarnings(rows, own, settings)];
}

function textWarnings({ chosen }: ChosenRows): string[] {
  const missing = chosen.filter(({ text }) => isMissing(text.trim(), false));
  if (missing.length === 0) return [];
  const written = shown(missing[0]!.text.trim());
  return [
    missing.length === 1
      ? `One text is "${written}", which programs write where there is none.`
      : `${missing.length.toLocaleString("en")} texts are such as "${written}", which programs write where there is none.`,
  ];
}

function labelWarnings(rows: ChosenRows, { task, train }: CustomTask, settings: DataSettings): string[] {
  if (task.kind === "regression") return [...decimalWarnings(rows, settings), ...rangeWarnings(...task.range)];
  if (task.kind !== "classification") return [];
  const { classes } = task;
  const unlearnt = classes.filter((_, at) => !train.some(({ label }) => label === at));
  const [largest, most] = largestOf(classes, train);
  return [
    ...rareWarnings(rows, settings),
    ...likeWarnings(classes),
    ...(classes.some((name) => numberOf(name) !== undefined) || !classes.some(mayBeMissing)
      ? []
      : [
          `The class ${shown(classes.find(mayBeMissing)!)} is taken for a class. If it says that there is none, take such rows out.`,
        ]),
    ...(unlearnt.length > 0 ? [`No row is left to learn ${listed(unlearnt)} from: all of them are held out.`] : []),
    ...(most > 0.9 * train.length
      ? [
          `${Math.round((100 * most) / train.length)} % of the rows to train on are ${shown(largest)}: always saying so is as often right. Look at macro F1.`,
        ]
      : []),
  ];
}

function largestOf(classes: readonly string[], rows: readonly Example[]): readonly [string, number] {
  const counts = classes.map((name, at) => [name, rows.filter(({ label }) => label === at).length] as const);
  return counts.reduce((a, b) => (b[1] > a[1] ? b : a));
}

/** Classes of a single row; in the first line of a file such a class is most often the name of a column. */
function rareWarnings({ chosen, lines }: ChosenRows, { dataHeader, dataFormat }: DataSettings): string[] {
  const counts = new Map<string, number>();
  for (const { label } of chosen) counts.set(label!, (counts.get(label!) ?? 0) + 1);
  const single = chosen.flatMap(({ label }, at) =>
    counts.get(label!) === 1 ? [{ label: label!, line: lines[at]! }] : [],
  );
  if (single.length === 0) return [];
  const first = single.find(({ line }) => line === Math.min(...lines.slice(0, 1)));
  const isName = first && takesHeader(dataFormat) && dataHeader === "no";
  const told = single.map(({ label, line }) => `${shown(label)} (line ${line})`);
  return [
    `${single.length === 1 ? "One class has" : `${single.length} classes have`} a single row: ${listed(told)}.${isName ? ` ${shown(first.label)} stands in the first row: if that holds the names of the columns, say so under First row.` : ""}`,
  ];
}

/** Classes that differ in letter case, blanks or the way a number is written, and are probably one. */
function likeWarnings(classes: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const name of classes) {
    const number = numberOf(name);
    const key =
      number === undefined
        ? name
            .normalize("NFKC")
            .toLowerCase()
            .replace(/[\s_-]+/g, " ")
            .trim()
        : String(number);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()]
    .filter((names) => names.length > 1)
    .map(
      (names) =>
        `The classes ${names.map((name) => `"${shown(name)}"`).join(" and ")} are told apart, though they differ only in how they are written.`,
    );
}

/** Labels are read by their value, so that only its decimals tell of a comma. */
function decimalWarnings({ chosen }: ChosenRows, { dataDecimal }: DataSettings): string[] {
  const decimal = chosen.find(({ label }) => label!.includes("."))?.label;
  if (dataDecimal === "point" || decimal === undefined) return [];
  return [`Commas in labels are decimal signs: ${decimal.replace(".", ",")} is read as ${decimal}.`];
}

/** Beyond this span squared errors are far from those that the learning rates were chosen for. */
const WIDE = 20;

function rangeWarnings(low: number, high: number): string[] {
  if (Math.max(Math.abs(low), Math.abs(high)) <= WIDE) return [];
  return [`Labels reach from ${low} to ${high}. Errors are squared, so bring them to a range such as 0 to 5 first.`];
}

/** Shares that cannot be kept, and why. */
function splitWarnings(
  { chosen }: ChosenRows,
  { train, dev }: CustomTask,
  { dataValidation, dataKind }: DataSettings,
): string[] {
  if (dataKind === "language-modelling") return [];
  const held = new Set(dev.flatMap(({ text, second }) => [text, second ?? text]));
  const shared =
    dataKind === "completion"
      ? 0
      : train.filter(({ text, second }) => held.has(text) || held.has(second ?? text)).length;
  const both =
    shared > 0
      ? [
          `${shared.toLocaleString("en")} of the rows to train on share a text with one that is held out: a text, or a chain of them, ties more than half of the rows together.`,
        ]
      : [];
  const share = dev.length / (train.length + dev.length);
  const wanted = dataValidation * chosen.length;
  if (Math.abs(dev.length - wanted) <= Math.max(1, 0.2 * wanted)) return both;
  const percent = (value: number) => `${Number((100 * value).toPrecision(2))} %`;
  return [
    ...both,
    `${percent(share)} of the rows are held out instead of ${percent(dataValidation)}: rows that share a text stay on one side, and there are ${new Set(chosen.map(({ text }) => text)).size.toLocaleString("en")} different texts in ${chosen.length.toLocaleString("en")} rows.`,
  ];
}

/** Bad rows of one kind, with the lines of the first of them. */
export interface BadKind {
  readonly problem: string;
  readonly count: number;
  readonly lines: readonly number[];
}

/** Lines that are named of each kind. */
const NAMED = 5;

/** Bad rows by what is wrong with them, whatever the cell that it is wrong with. */
export function badKindsOf(bad: readonly BadRow[]): BadKind[] {
  const kinds = new Map<string, { problem: string; count: number; lines: number[] }>();
  for (const { line, problem } of bad) {
    const key = problem.replace(/"[^"]*"|\d+/g, "…");
    const kind = kinds.get(key) ?? { problem, count: 0, lines: [] };
    kind.count++;
    if (kind.lines.length < NAMED) kind.lines.push(line);
    kinds.set(key, kind);
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count);
}
