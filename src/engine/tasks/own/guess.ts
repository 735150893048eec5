import { numberOf } from "./examples.ts";
import type { DataRow, RawRows } from "./rows.ts";
import { type DataFormat, type DataSettings, MAX_CLASSES } from "./settings.ts";
import { tableOf, takesHeader } from "./table.ts";

/** A proposal; whoever opens the file sees it and can choose otherwise. */
export interface Guess
  extends Omit<
    DataSettings,
    "dataFormat" | "dataValidation" | "dataBad" | "dataContext" | "dataDecimal" | "dataRules"
  > {
  /** The published data set whose layout it is, where that is plain. */
  readonly layout?: string;
}

/** The format of a file by its name and its first lines. */
export function guessFormat(text: string, name: string): DataFormat {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (ending === "jsonl" || ending === "ndjson") return "jsonl";
  if (ending === "tsv" || ending === "tab") return "tsv";
  const lines = text
    .slice(0, 2 ** 16)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  const isTabbed =
    lines.length > 0 &&
    lines.every((line) => line.split("\t").length === lines[0]!.split("\t").length) &&
    lines[0]!.includes("\t");
  if (ending === "csv") return isTabbed || STS.test(text) ? "tsv" : "csv";
  if (isTabbed || STS.test(text)) return "tsv";
  if (/^\s*\{.*\}\s*$/.test(lines[0] ?? "")) return "jsonl";
  // Whoever names columns means a table, whatever became of its rows.
  if (namesColumns(lines[0] ?? "") || (ending === "" && looksSeparated(lines))) return "csv";
  return "lines";
}

/** Whether a line is the names of columns, of which one at least is usual. */
function namesColumns(line: string): boolean {
  return [",", ";", "|"].some((delimiter) => {
    const names = line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
    return names.length > 1 && areNames(names) && names.some((name) => knownNames.has(nameOf(name)));
  });
}

const STS = /^main-(captions|forums?|news)\t/;

/**
 * Whether lines have the same number of commas outside quotes, and most of them without the blank that follows a comma in
 * prose. A few lines may have an open quote, which reading them as CSV will name.
 */
function looksSeparated(all: readonly string[]): boolean {
  const lines = all.filter((line) => line.split('"').length % 2 === 1);
  if (2 * lines.length < all.length) return false;
  const bare = lines.map((line) => line.replace(/"(?:[^"]|"")*"/g, ""));
  const counts = bare.map((line) => line.split(",").length);
  if (lines.length < 2 || counts[0]! < 2 || counts.some((count) => count !== counts[0])) return false;
  const spaced = bare.reduce((sum, line) => sum + line.split(", ").length - 1, 0);
  return 2 * spaced < lines.length * (counts[0]! - 1);
}

/** What a column holds. */
interface Column {
  /** Counted from 1. */
  readonly place: number;
  /** Lower case; empty where the file has no names. */
  readonly name: string;
  readonly isNumeric: boolean;
  readonly isWhole: boolean;
  readonly distinct: number;
  readonly filled: number;
  readonly meanLength: number;
}

const labelNames =
  "label labels class category gold gold_label quality sentiment polarity is_duplicate stars rating grade score similarity target y".split(
    " ",
  );
const scoreNames = new Set(["score", "similarity", "grade"]);
const firstNames =
  "sentence1 text1 #1_string question1 premise source1 sentence text question review comment tweet content document string".split(
    " ",
  );
const secondNames = "sentence2 text2 #2_string question2 hypothesis source2".split(" ");
const completionNames =
  "mr>ref prompt>completion instruction>output instruction>response input>output question>answer source>target text>summary article>highlights document>summary prompt>response".split(
    " ",
  );

const knownNames: ReadonlySet<string> = new Set([
  ...labelNames,
  ...firstNames,
  ...secondNames,
  ...completionNames.flatMap((pair) => pair.split(">")),
]);

/** Rows that are looked at. */
const SAMPLE = 500;

/** What rows may be for, and which columns hold what: by names where there are any, else by what is in them. */
export function guessSettings(raw: RawRows, format: DataFormat): Guess {
  const plain = { dataHeader: "no", dataSecond: 0, dataLabel: 0 } as const;
  if (format === "lines" || format === "paragraphs") return { ...plain, dataKind: "language-modelling", dataText: 1 };
  const dataHeader = takesHeader(format) && hasNames(raw.rows.slice(0, SAMPLE)) ? "yes" : "no";
  const table = tableOf(raw, { dataFormat: format, dataHeader });
  const names = raw.keys || dataHeader === "yes" ? table.columns : table.columns.map(() => "");
  const columns = columnsOf(table.rows.slice(0, SAMPLE), names);
  const known = publishedLayout(columns, raw);
  if (known) return { dataHeader, ...known };
  return { dataHeader, ...byNamesAndContent(columns) };
}

function byNamesAndContent(columns: readonly Column[]): Omit<Guess, "dataHeader"> {
  const named = (name: string) => columns.find((column) => column.name === name);
  for (const pair of completionNames) {
    const [prompt, completion] = pair.split(">").map(named);
    if (prompt && completion && completion.meanLength > 3 && !completion.isNumeric)
      return { dataKind: "completion", dataText: prompt.place, dataSecond: completion.place, dataLabel: 0 };
  }
  const label = labelOf(columns);
  const texts = textsOf(columns.filter((column) => column !== label));
  const [dataText, dataSecond] = [texts[0]?.place ?? 1, texts[1]?.place ?? 0];
  if (label) return { dataKind: kindOf(label), dataText, dataSecond, dataLabel: label.place };
  return { dataKind: dataSecond > 0 ? "completion" : "language-modelling", dataText, dataSecond, dataLabel: 0 };
}

/** Layouts that names alone do not give away. */
function publishedLayout(columns: readonly Column[], raw: RawRows): Omit<Guess, "dataHeader"> | undefined {
  const names = columns.map(({ name }) => name);
  const has = (...wanted: readonly string[]) => wanted.every((name) => names.includes(name));
  const at = (name: string) => names.indexOf(name) + 1;
  if (raw.hasExtras && columns.length >= 7)
    return { layout: "STS benchmark", dataKind: "regression", dataText: 6, dataSecond: 7, dataLabel: 5 };
  if (has("genre", "sentence1", "sentence2", "score"))
    return {
      layout: "STS-B of GLUE",
      dataKind: "regression",
      dataText: at("sentence1"),
      dataSecond: at("sentence2"),
      dataLabel: at("score"),
    };
  if (has("quality", "#1_string", "#2_string"))
    return {
      layout: "MRPC",
      dataKind: "classification",
      dataText: at("#1_string"),
      dataSecond: at("#2_string"),
      dataLabel: at("quality"),
    };
  if (has("mr", "ref") && names.length === 2)
    return { layout: "E2E", dataKind: "completion", dataText: at("mr"), dataSecond: at("ref"), dataLabel: 0 };
  const [source, label, mark, sentence] = columns;
  if (
    columns.length === 4 &&
    names.every((name) => name === "") &&
    isCola(raw.rows.slice(0, SAMPLE)) &&
    source &&
    label &&
    mark &&
    sentence
  )
    return { layout: "CoLA", dataKind: "classification", dataText: 4, dataSecond: 0, dataLabel: 2 };
  if (names.length === 2 && has("sentence", "label") && columns[1]!.isWhole && columns[1]!.distinct <= 2)
    return {
      layout: "SST-2",
      dataKind: "classification",
      dataText: at("sentence"),
      dataSecond: 0,
      dataLabel: at("label"),
    };
  return undefined;
}

function isCola(rows: readonly DataRow[]): boolean {
  return rows.every(({ cells: [, label = "", mark = ""] }) => /^[01]$/.test(label) && /^\**$/.test(mark));
}

function labelOf(columns: readonly Column[]): Column | undefined {
  for (const name of labelNames) {
    const found = columns.find((column) => column.name === name && column.meanLength <= 40);
    if (found) return found;
  }
  // Numbers that are all different and whole count the rows.
  const isLabel = ({ isNumeric, isWhole, distinct, filled, meanLength }: Column) =>
    filled > 1 &&
    meanLength <= 40 &&
    (isNumeric ? !isWhole || distinct < filled : distinct <= MAX_CLASSES && 2 * distinct <= filled);
  return columns.findLast(isLabel);
}

function textsOf(columns: readonly Column[]): Column[] {
  const named = (names: readonly string[]) =>
    names.map((name) => columns.find((column) => column.name === name)).find(Boolean);
  const first = named(firstNames);
  const second = named(secondNames);
  if (first) return second ? [first, second] : [first];
  const [longest, next] = columns.filter(({ isNumeric }) => !isNumeric).sort((a, b) => b.meanLength - a.meanLength);
  if (!longest) return [];
  const pair = next && next.meanLength > 8 && 3 * next.meanLength > longest.meanLength ? [longest, next] : [longest];
  return pair.sort((a, b) => a.place - b.place);
}

function kindOf({ name, isNumeric, isWhole, distinct }: Column): "classification" | "regression" {
  if (!isNumeric) return "classification";
  return scoreNames.has(name) || !isWhole || distinct > 10 ? "regression" : "classification";
}

/** Whether the first row looks like names: short, all different, no sentence, and other than what stands below. */
function hasNames(rows: readonly DataRow[]): boolean {
  const [first, ...rest] = rows;
  const names = first?.cells.map((cell) => (cell ?? "").trim()) ?? [];
  if (names.length === 0 || !areNames(names)) return false;
  if (names.some((name) => knownNames.has(nameOf(name)))) return true;
  return columnsOf(rest, []).some(
    ({ isNumeric, filled, meanLength, place }) =>
      filled > 0 && (isNumeric || meanLength > 3 * (names[place - 1] ?? "").length),
  );
}

function areNames(names: readonly string[]): boolean {
  const isName = (name: string) =>
    name !== "" &&
    name.length <= 40 &&
    numberOf(name) === undefined &&
    name.split(/\s+/).length <= 3 &&
    !/[.!?]$/.test(name);
  return names.every(isName) && new Set(names).size === names.length;
}

function nameOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}

function columnsOf(rows: readonly DataRow[], names: readonly (string | undefined)[]): Column[] {
  const width = Math.max(names.length, rows[0]?.cells.length ?? 0);
  return Array.from({ length: width }, (_, at) => {
    const cells = rows.map(({ cells }) => cells[at]?.trim() ?? "").filter((cell) => cell !== "");
    const isNumeric = cells.length > 0 && cells.every((cell) => numberOf(cell) !== undefined);
    return {
      place: at + 1,
      name: nameOf(names[at] ?? ""),
      isNumeric,
      isWhole: isNumeric && cells.every((cell) => Number.isInteger(Number(cell)) && !cell.includes(".")),
      distinct: new Set(cells).size,
      filled: cells.length,
      meanLength: cells.reduce((sum, { length }) => sum + length, 0) / Math.max(1, cells.length),
    };
  });
}
