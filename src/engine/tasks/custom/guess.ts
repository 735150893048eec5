import type { TaskKind } from "../task.ts";
import { type Column, columnsOf, sampleOf } from "./columns.ts";
import { decideHeader } from "./header.ts";
import { publishedLayout } from "./layouts.ts";
import {
  classNames,
  completionNames,
  contextNames,
  firstNames,
  isKey,
  judged,
  labelNames,
  pairNames,
  scoreNames,
  secondNames,
  titled,
} from "./names.ts";
import { decimalQuestion, labelQuestion, pairQuestion, textQuestion } from "./questions.ts";
import type { Question, Reading } from "./reading.ts";
import type { RawRows } from "./row.ts";
import { type DataFormat, type DataSettings, MAX_CLASSES } from "./settings.ts";
import { namesAt, tableOf, takesHeader } from "./table.ts";

/** A proposal; whoever opens the file sees it and can choose otherwise. */
export interface Guess extends Omit<DataSettings, "dataFormat" | "dataSeparator" | "dataValidation" | "dataBad"> {
  /** The published data set whose layout it is, where that is plain. */
  readonly layout?: string;
  /** What the file does not tell by itself. */
  readonly questions: readonly Question[];
}

/**
 * What rows may be for, and which columns hold what: by names where there are any, else by what is in them.
 *
 * @param asked what has been chosen already: the rest is guessed beside it.
 */
export function guessSettings(raw: RawRows, format: DataFormat, asked: Partial<DataSettings> = {}): Guess {
  const plain = {
    dataHeader: "no",
    dataContext: 0,
    dataSecond: 0,
    dataLabel: 0,
    dataDecimal: "point",
    dataRules: "2",
  } as const;
  if (format === "lines" || format === "paragraphs")
    return { ...plain, dataKind: "language-modelling", dataText: 1, questions: [] };
  if (format === "labelled") return { ...plain, dataKind: "classification", dataText: 2, dataLabel: 1, questions: [] };
  const found = takesHeader(format) ? decideHeader(sampleOf(raw.rows.slice(namesAt(raw.rows)))) : "no";
  if (asked.dataHeader !== undefined || found !== "unclear") {
    return read(raw, format, asked.dataHeader ?? (found === "yes" ? "yes" : "no"), asked.dataKind);
  }
  const [named, bare] = (["yes", "no"] as const).map((header) => read(raw, format, header, asked.dataKind));
  const [first] = raw.rows;
  return {
    ...named!,
    questions: [
      {
        id: "header",
        text: `Is line ${first!.line} the names of the columns, or a row? It reads: ${first!.cells.join(" | ").slice(0, 120)}`,
        decides: ["dataHeader"],
        readings: [
          { label: "Names of columns", settings: settingsOf(named!) },
          { label: "A row", settings: settingsOf(bare!) },
        ],
      },
      ...named!.questions,
    ],
  };
}

function settingsOf({ layout: _, questions: __, ...settings }: Guess): Partial<DataSettings> {
  return settings;
}

function read(raw: RawRows, format: DataFormat, dataHeader: "yes" | "no", kind: TaskKind | undefined): Guess {
  const table = tableOf(raw, { dataFormat: format, dataHeader, dataRules: "2" });
  const isNamed = raw.keys ? raw.isNamed !== false : dataHeader === "yes";
  const found = columnsOf(sampleOf(table.rows), isNamed ? table.columns : table.columns.map(() => ""));
  // Of a file without rows names say what it is to become.
  const columns = table.rows.length > 0 ? found : found.map((column) => ({ ...column, filled: 1 }));
  const questions: Question[] = [];
  const published = publishedLayout(columns, { ...raw, rows: sampleOf(table.rows) });
  const reading = published ?? readingOf(columns, raw, questions);
  const label = reading.dataKind === "regression" && !published ? columns[reading.dataLabel - 1] : undefined;
  if (label?.decimal === "either") questions.push(decimalQuestion(label));
  return {
    dataHeader,
    dataDecimal: label?.decimal === "comma" ? "comma" : "point",
    dataRules: "2",
    ...reading,
    ...(kind !== undefined && columnsFor(kind, reading, columns)),
    questions,
  };
}

/** Columns for a kind of task that has been chosen, where another one would have been guessed. */
function columnsFor(kind: TaskKind, reading: Reading, columns: readonly Column[]): Partial<Reading> {
  const { dataText, dataContext, dataSecond, dataLabel } = reading;
  const isFree = (column: Column) =>
    column.filled > 0 && !isKey(column) && column.place !== dataText && column.place !== dataContext;
  const other = columns.findLast(isFree)?.place ?? 0;
  if (kind === "completion" && dataSecond === 0) return { dataSecond: dataLabel || other, dataLabel: 0 };
  const isScored = kind === "classification" || kind === "regression";
  return isScored && dataLabel === 0 ? { dataLabel: dataSecond || other, dataSecond: 0 } : {};
}

function readingOf(columns: readonly Column[], raw: RawRows, questions: Question[]): Reading {
  const plain = { dataContext: 0, dataSecond: 0, dataLabel: 0 };
  const named = (name: string) => columns.find((column) => column.name === name && column.filled > 0);
  const [prompt, completion] = (raw.exchange ?? []).map((name) => named(name.toLowerCase()));
  if (prompt && completion)
    return { ...plain, dataKind: "completion", dataText: prompt.place, dataSecond: completion.place };
  for (const pair of completionNames) {
    const [asked, answer] = pair.split(">").map(named);
    if (!asked || !answer || answer.meanLength <= 3 || answer.isNumeric) continue;
    if (judged.texts.has(asked.name) && (isClassed(answer) || judged.labels.some((name) => named(name)))) continue;
    const context = contextNames.map(named).find((column) => column && column !== asked && column !== answer);
    const places = { dataText: asked.place, dataContext: context?.place ?? 0, dataSecond: answer.place };
    return { ...plain, ...places, dataKind: "completion" };
  }
  const label = labelOf(columns, questions);
  const texts = textsOf(columns.filter((column) => column !== label && !isKey(column) && !column.isSyntax));
  if (texts.length === 0 && columns.some((column) => column !== label && column.filled > 0))
    questions.push(textQuestion(columns, label));
  const [dataText, dataSecond] = [texts[0]?.place ?? otherThan(columns, label), texts[1]?.place ?? 0];
  if (!label) {
    const dataKind = dataSecond > 0 ? "completion" : "language-modelling";
    if (dataSecond > 0) questions.push(pairQuestion(texts[0]!, texts[1]!));
    return { ...plain, dataKind, dataText, dataSecond };
  }
  const places = { dataText, dataContext: 0, dataSecond, dataLabel: label.place };
  const title = dataSecond === 0 && texts[0] && titleOf(columns, texts[0], label);
  if (title) return { ...places, dataKind: kindOf(label, questions), dataText: title.place, dataContext: dataText };
  const following = titledAfter(columns, label);
  if (following) {
    const [dataText, dataContext] = following.map(({ place }) => place) as [number, number];
    return { ...places, dataKind: kindOf(label, questions), dataText, dataContext, dataSecond: 0 };
  }
  return { ...places, dataKind: kindOf(label, questions) };
}

/** Whether cells are a few words that come again and again. */
function isClassed({ singleWords, distinct, filled }: Column): boolean {
  return singleWords > 0.9 && 2 * distinct <= filled;
}

function otherThan(columns: readonly Column[], label: Column | undefined): number {
  return columns.find((column) => column !== label)?.place ?? 1;
}

/** The title of a body of text. */
function titleOf(columns: readonly Column[], body: Column, label: Column): Column | undefined {
  if (!titled.body.includes(body.name)) return undefined;
  return columns.find((column) => titled.title.includes(column.name) && column !== label && column.filled > 0);
}

/** A title and what follows it, after a class, in a file without names. */
function titledAfter(columns: readonly Column[], label: Column): readonly [Column, Column] | undefined {
  const [, title, body] = columns;
  const isLayout = columns.length === 3 && label.place === 1 && label.name === "" && label.isWhole;
  if (!isLayout || [title!, body!].some(({ isNumeric, isWords, filled }) => isNumeric || isWords || filled === 0))
    return undefined;
  return 2 * title!.meanLength < body!.meanLength ? [title!, body!] : undefined;
}

/** The column of classes or scores: by its name, else by what is in it, which is asked where several would do. */
function labelOf(columns: readonly Column[], questions: Question[]): Column | undefined {
  const flags = flagsOf(columns);
  for (const name of labelNames) {
    if (flags.some((column) => column.name === name)) continue;
    const found = columns.find((column) => column.name === name && column.meanLength <= 40 && column.filled > 0);
    if (found) return found;
  }
  // Numbers that are all different and whole count the rows.
  const isLabel = (column: Column) =>
    column.filled > 1 &&
    column.meanLength <= 40 &&
    column.distinct > 1 &&
    !isKey(column) &&
    (column.isNumeric
      ? !column.isWhole || column.decimal === "either" || column.distinct < column.filled
      : column.distinct <= MAX_CLASSES && 2 * column.distinct <= column.filled);
  const found = columns.filter(isLabel);
  const chosen = found.at(-1);
  if (found.length > 1) {
    const asked = flags.length > 0 ? found.filter((column) => flags.includes(column)) : found.toReversed();
    questions.push(labelQuestion(asked, flags.length > 0, (label) => kindOf(label, [])));
  }
  return chosen;
}

/** Columns of 0 and 1, three at least: one a class, of which any number may be 1. */
function flagsOf(columns: readonly Column[]): readonly Column[] {
  const flags = columns.filter(
    (column) =>
      column.isWhole &&
      column.name !== "" &&
      !isKey(column) &&
      [...column.values].every((value) => /^[01](\.0)?$/.test(value)),
  );
  return flags.length > 2 ? flags : [];
}

function textsOf(columns: readonly Column[]): Column[] {
  // What says the same in every row tells nothing, where anything else says more.
  const telling = columns.filter(({ filled, distinct }) => filled > 0 && (distinct > 1 || filled === 1));
  const filled = telling.length > 0 ? telling : columns.filter(({ filled }) => filled > 0);
  const named = (names: readonly string[]) =>
    names.map((name) => filled.find((column) => column.name === name)).find(Boolean);
  for (const pair of pairNames) {
    const [first, second] = pair.split(">").map((name) => named([name]));
    if (first && second) return [first, second];
  }
  // What is called a text and holds a few words again and again is none, where anything else is.
  const isText = (column: Column | undefined) => (column && !isClassed(column) ? column : undefined);
  const first = firstNames.map((name) => isText(named([name]))).find(Boolean);
  const second =
    named(secondNames) ?? filled.find(({ name }) => first && [`${first.name}_(2)`, `${first.name}.1`].includes(name));
  if (first) return second ? [first, second] : [first];
  const words = filled.filter(({ isNumeric, isWords }) => !isNumeric && !isWords);
  const [longest, next] = (words.length > 0 ? words : filled.filter(({ isNumeric }) => !isNumeric)).toSorted(
    (a, b) => b.meanLength - a.meanLength,
  );
  if (!longest) return [];
  const isPair = next && next.meanLength > 8 && 3 * next.meanLength > longest.meanLength;
  return (isPair ? [longest, next] : [longest]).sort((a, b) => a.place - b.place);
}

/** Few whole numbers are classes, others a scale; where many whole ones count from 0 or 1 it depends on their name. */
function kindOf(label: Column, questions: Question[]): "classification" | "regression" {
  const { name, title, isNumeric, isWhole, distinct, values } = label;
  if (!isNumeric) return "classification";
  if (!isWhole) return "regression";
  if (scoreNames.has(name)) return distinct > 2 ? "regression" : "classification";
  if (distinct <= 10) return "classification";
  if (distinct > MAX_CLASSES || !classNames.has(name)) return "regression";
  const numbers = [...values].map(Number).filter(Number.isFinite);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if ((low === 0 || low === 1) && high - low + 1 === distinct) return "classification";
  questions.push({
    id: "kind",
    text: `The column ${title} has ${distinct} different whole numbers from ${low} to ${high}. Are they classes, or a scale?`,
    decides: ["dataKind"],
    readings: [
      { label: "Classes", settings: { dataKind: "classification" } },
      { label: "A scale", settings: { dataKind: "regression" } },
    ],
  });
  return "classification";
}
