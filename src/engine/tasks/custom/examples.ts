import { listed, RefusedFileError, shown } from "../../checkpoint/refusal.ts";
import { type Example, metricsOf, type Task } from "../task.ts";
import { type LabelReader, labelReader } from "./labels.ts";
import { numberOf } from "./numbers.ts";
import type { BadRow, DataRow } from "./row.ts";
import { type DataSettings, MAX_CLASSES, MAX_LABEL, MAX_TEXT } from "./settings.ts";
import { split } from "./split.ts";
import { type DataTable, takesHeader } from "./table.ts";

/** A row of chosen columns; its label as it is written, numbers among numbers by their value. */
export interface Chosen {
  readonly text: string;
  readonly second?: string;
  readonly label?: string;
}

/** What the chosen columns hold, and which rows cannot be used. */
export interface ChosenRows {
  readonly chosen: readonly Chosen[];
  /** The lines on which they begin. */
  readonly lines: readonly number[];
  readonly bad: readonly BadRow[];
}

/** A task of one's own, with its examples. */
export interface CustomTask {
  readonly task: Task;
  readonly train: readonly Example[];
  readonly dev: readonly Example[];
}

/** Takes the chosen columns out of a table. @throws RefusedFileError where a column is not there. */
export function chooseColumns(table: DataTable, settings: DataSettings, file: string): ChosenRows {
  const { dataText, dataContext, dataSecond, dataLabel, dataKind } = settings;
  const isScored = dataKind === "classification" || dataKind === "regression";
  const [first] = table.bad;
  if (table.columns.length === 0 && first) {
    throw new RefusedFileError(
      "data-bad-rows",
      `${file} has no row that can be read; line ${first.line}: ${first.problem}`,
      "Mend the file, or choose another format.",
    );
  }
  if (table.columns.length === 0) {
    throw new RefusedFileError(
      "data-bad-rows",
      `${file} has no text in its rows`,
      'Write objects with texts in them, such as {"text": "…", "label": "…"} or {"prompt": "…", "completion": "…"}.',
    );
  }
  const wanted = [
    ["text", dataText],
    ["context", dataContext],
    ...(dataKind === "language-modelling" ? [] : [["second text", dataSecond] as const]),
    ...(isScored ? [["label", dataLabel] as const] : []),
  ] as const;
  for (const [part, column] of wanted) {
    if (column === 0 && ((part === "label" && isScored) || (part === "second text" && dataKind === "completion"))) {
      throw new RefusedFileError(
        "data-bad-column",
        `no column of ${file} was chosen for the ${part === "label" ? part : "completion"}`,
        `Choose among: ${listed(table.columns.map((name, at) => `${at + 1} ${name}`))}.`,
      );
    }
    if (column <= table.columns.length) continue;
    throw new RefusedFileError(
      "data-bad-column",
      `${file} has ${table.columns.length} columns, and column ${column} was chosen for the ${part}`,
      `Choose among: ${listed(table.columns.map((name, at) => `${at + 1} ${name}`))}.`,
    );
  }
  const readLabel = labelReader(table, settings);
  const chosen: Chosen[] = [];
  const lines: number[] = [];
  const bad: BadRow[] = [];
  for (const row of table.rows) {
    const taken = take(row, table, settings, readLabel);
    if (typeof taken === "string") {
      bad.push({ line: row.line, problem: taken, ...(settings.dataRules === "2" && { cells: row.cells }) });
      continue;
    }
    chosen.push(taken);
    lines.push(row.line);
  }
  return { chosen, lines, bad: [...table.bad, ...bad].sort((a, b) => a.line - b.line) };
}

/** The chosen cells of a row, or what is wrong with them. */
function take(
  { cells }: DataRow,
  { columns }: DataTable,
  settings: DataSettings,
  readLabel: LabelReader,
): Chosen | string {
  const { dataText, dataContext, dataSecond, dataLabel, dataKind } = settings;
  const isText = dataKind === "language-modelling";
  const text = cells[dataText - 1];
  const second = isText || dataSecond === 0 ? undefined : cells[dataSecond - 1];
  for (const [column, cell] of [
    [dataText, text],
    ...(isText || dataSecond === 0 ? [] : [[dataSecond, second] as const]),
  ] as const) {
    const name = shown(columns[column - 1]!);
    if (cell === undefined) return `no text under ${name}`;
    if (cell.trim() === "") return `the text under ${name} is empty`;
    if (!isText && cell.length > MAX_TEXT) {
      return `the text under ${name} has ${cell.length.toLocaleString("en")} characters; ${MAX_TEXT.toLocaleString("en")} may be`;
    }
  }
  const context = dataContext > 0 ? cells[dataContext - 1] : undefined;
  const whole = context === undefined || context.trim() === "" ? text! : `${text!}\n${context}`;
  const texts = { text: whole, ...(second !== undefined && { second }) };
  if (isText || dataKind === "completion") return texts;
  const label = cells[dataLabel - 1]?.trim();
  const name = shown(columns[dataLabel - 1]!);
  if (label === undefined || label === "") return `no label under ${name}`;
  if (dataKind === "classification" && label.length > MAX_LABEL)
    return `the label has ${label.length.toLocaleString("en")} characters; ${MAX_LABEL} may be`;
  const read = readLabel(label);
  return "problem" in read ? read.problem : { ...texts, label: read.label };
}

/**
 * Makes a task and its two splits of the rows.
 *
 * Classes are the different labels, numbers in their order and then words in the order of their characters. The range of
 * scores is that of the labels.
 *
 * @throws RefusedFileError
 */
export function customTask({ chosen, bad }: ChosenRows, settings: DataSettings, file: string): CustomTask {
  const [first, ...rest] = bad;
  if (first && settings.dataBad === "refuse") {
    throw new RefusedFileError(
      "data-bad-rows",
      `${file}, line ${first.line}: ${first.problem}${rest.length > 0 ? `; and ${rest.length === 1 ? "1 more row" : `${rest.length.toLocaleString("en")} more rows`} cannot be used` : ""}`,
      "Mend the file, or have such rows skipped (dataBad=skip).",
    );
  }
  if (chosen.length === 0) {
    const hasNamesAlone = !first && settings.dataHeader === "yes" && takesHeader(settings.dataFormat);
    const below = hasNamesAlone ? " below the names of its columns" : "";
    const why = first ? `; line ${first.line}: ${first.problem}` : "";
    throw new RefusedFileError(
      "data-empty",
      `${file} has no row that can be used${below}${why}`,
      hasNamesAlone
        ? "Add the rows, each on a line of its own."
        : "Choose other columns (dataText, dataLabel) or another format (dataFormat).",
    );
  }
  const { train, dev } = split(chosen, settings, file);
  const kind = settings.dataKind;
  const metrics = metricsOf(kind);
  switch (kind) {
    case "classification": {
      const classes = classesOf(chosen, file);
      const places = new Map(classes.map((name, place) => [name, place]));
      const numbered = (rows: readonly Chosen[]) => rows.map((row) => ({ ...row, label: places.get(row.label!)! }));
      return { task: { kind, metrics, classes }, train: numbered(train), dev: numbered(dev) };
    }
    case "regression": {
      const scored = (rows: readonly Chosen[]) => rows.map((row) => ({ ...row, label: numberOf(row.label!)! }));
      return { task: { kind, metrics, range: rangeOf(chosen, file) }, train: scored(train), dev: scored(dev) };
    }
    case "completion":
      return { task: { kind, metrics }, train: unlabelled(train), dev: unlabelled(dev) };
    case "language-modelling":
      return { task: { kind, metrics, prompts: promptsOf(dev) }, train: unlabelled(train), dev: unlabelled(dev) };
  }
}

function unlabelled(rows: readonly Chosen[]): Example[] {
  return rows.map(({ text, second }) => ({ text, ...(second !== undefined && { second }) }));
}

function classesOf(rows: readonly Chosen[], file: string): string[] {
  const found = [...new Set(rows.map(({ label }) => label!))];
  if (found.length < 2 || found.length > MAX_CLASSES) {
    const many = found.length.toLocaleString("en");
    throw new RefusedFileError(
      "data-bad-labels",
      found.length < 2
        ? `${file}: every label is "${shown(found[0]!)}", so there is nothing to tell apart`
        : `${file} has ${many} different labels, such as ${listed(found, 3)}; ${MAX_CLASSES} classes may be`,
      found.length < 2
        ? "Choose another column, or a file with two classes at least."
        : "Choose another column, or regression where labels are numbers.",
    );
  }
  const numbers = found
    .filter((label) => numberOf(label) !== undefined)
    .sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  return [...numbers, ...found.filter((label) => numberOf(label) === undefined).sort()];
}

function rangeOf(rows: readonly Chosen[], file: string): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { label } of rows) {
    low = Math.min(low, Number(label));
    high = Math.max(high, Number(label));
  }
  if (low === high) {
    throw new RefusedFileError(
      "data-bad-labels",
      `${file}: every label is ${low}, so there is nothing to learn`,
      "Choose another column for the label.",
    );
  }
  return [low, high];
}

/** Words of a held-out text that the model is to continue, and how many such beginnings are shown. */
const PROMPT_WORDS = 4;
const PROMPTS = 2;

function promptsOf(dev: readonly Chosen[]): string[] {
  return dev
    .slice(0, PROMPTS)
    .map(({ text }) => text.trim().slice(0, 400).split(/\s+/).slice(0, PROMPT_WORDS).join(" "));
}
