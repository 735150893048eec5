import { separatorLine } from "./csv.ts";
import { areKnownNames } from "./header.ts";
import { isMarkdown } from "./markdown.ts";
import type { Question } from "./reading.ts";
import type { DataFormat, DataSettings } from "./settings.ts";

export interface FormatGuess {
  readonly format: DataFormat;
  /** What goes along with the format. */
  readonly settings?: Partial<DataSettings>;
  readonly question?: Question;
}

/** The format of a file by its name and its first lines, and whether another one would fit as well. */
export function formatOf(text: string, name: string): FormatGuess {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const head = text.slice(0, 2 ** 17);
  const lines = head.split("\n").filter((line) => line.trim() !== "");
  // The last line may have been cut off.
  if (text.length > head.length && lines.length > 1) lines.pop();
  const json = jsonFormat(text, lines, ending);
  if (json) return { format: json };
  if (isMarkdown(text)) return { format: "csv" };
  if (separatorLine(text)) return { format: escapesIn(head) ? "csv-escaped" : "csv" };
  const first = lines.slice(0, 20);
  const isTabbed = areTabbed(first) || STS.test(text) || ending === "tsv" || ending === "tab";
  if (isTabbed && head.includes("\t")) return tabbed(lines);
  if (ending === "tsv" || ending === "tab") return { format: "tsv" };
  const isTable =
    ending === "csv" ||
    namesColumns(first[0] ?? "") ||
    (ending === "" && looksSeparated(first)) ||
    endInClasses(lines.slice(0, 200));
  if (isTable) return { format: escapesIn(head) ? "csv-escaped" : "csv" };
  return { format: areLabelled(lines) ? "labelled" : "lines" };
}

const STS = /^main-(captions|forums?|news)\t/;

/** JSON by what the file begins with; its ending alone where it cannot be told. */
function jsonFormat(text: string, lines: readonly string[], ending: string): DataFormat | undefined {
  const isNamed = ending === "json" || ending === "jsonl" || ending === "ndjson";
  const begin = /^\s*(\[\s*[[{"\d\]-]|[[{])/.exec(text)?.[0].replace(/\s+/g, "");
  // A table may have been given a wrong name.
  const isTable =
    begin === undefined &&
    !lines.some((line) => /^\s*[{[]|":/.test(line)) &&
    (namesColumns(lines[0] ?? "") || areTabbed(lines.slice(0, 20)));
  if (begin === undefined) return isNamed && !isTable ? (ending === "json" ? "json" : "jsonl") : undefined;
  const [first = "", ...rest] = lines;
  const isObject = (line: string) => /^\s*\{.*\}\s*$/.test(line);
  if (begin.startsWith("{")) {
    // The first line may be the broken one.
    if (rest.length > 0 && (isObject(first) || 2 * lines.filter(isObject).length > lines.length)) return "jsonl";
    // An object a line, with commas between them, as they stand in a list.
    if (/^\s*\{.*\}\s*,\s*$/.test(first)) return "json";
    if (isObject(first)) return holdsRows(first) || ending === "json" ? "json" : "jsonl";
    return isNamed || /^\s*\{\s*("|$)/.test(first) ? "json" : undefined;
  }
  const isList = begin.length > 1 && (isNamed || /^\[(\{|\[|"|\])/.test(begin));
  if (!isList) return isNamed ? "json" : undefined;
  // A line of verse may stand between brackets; lists of lists an element a line are no JSONL that anybody trains on.
  return "json";
}

/** Whether an object of one line holds lists or objects rather than being a row. */
function holdsRows(line: string): boolean {
  return /:\s*(\[\s*[[{"\d]|\{\s*"\d+"\s*:)/.test(line) && !/"(messages|conversations?|turns)"\s*:/.test(line);
}

function areTabbed(lines: readonly string[]): boolean {
  const [first = ""] = lines;
  return first.includes("\t") && lines.every((line) => cellsIn(line) === cellsIn(first));
}

function cellsIn(line: string): number {
  return line.split("\t").length;
}

/** Tables with tabs, in which quotes may enclose cells or be characters like others. */
function tabbed(lines: readonly string[]): FormatGuess {
  let [enclosing, doubled, literal] = [0, 0, 0];
  for (const line of lines) {
    for (const cell of line.split("\t")) {
      if (!cell.includes('"')) continue;
      const inner = /^\s*"((?:[^"]|"")*)"\s*$/.exec(cell)?.[1];
      if (inner === undefined) literal++;
      else if (inner.includes('""')) doubled++;
      else enclosing++;
    }
  }
  const quoted = enclosing + doubled;
  // A cell over several lines looks like two cells with a quote each.
  if (quoted === 0 || literal > 0.05 * quoted) return { format: "tsv" };
  if (doubled > 0 || everyRowQuoted(lines)) return { format: "csv", settings: { dataSeparator: "tab" } };
  return {
    format: "tsv",
    question: {
      id: "quotes",
      text: `${enclosing === 1 ? "One cell stands" : `${enclosing} cells stand`} between quotes. Are the quotes part of the text?`,
      decides: ["dataFormat"],
      readings: [
        { label: "They are part of the text", settings: { dataFormat: "tsv" } },
        { label: "They enclose the cell", settings: { dataFormat: "csv", dataSeparator: "tab" } },
      ],
    },
  };
}

/** Whether one column at least is quoted in all rows but the first, which may be names. */
function everyRowQuoted(lines: readonly string[]): boolean {
  const rows = lines.slice(1).map((line) => line.split("\t"));
  const width = rows[0]?.length ?? 0;
  return (
    rows.length > 1 &&
    Array.from({ length: width }, (_, at) => at).some((at) => rows.every((row) => /^\s*".*"\s*$/.test(row[at] ?? "")))
  );
}

/** Whether quotes inside cells stand behind backslashes: by doubling alone some row would be wrong. */
function escapesIn(text: string): boolean {
  const marks = text.match(/\\"/g)?.length ?? 0;
  if (marks === 0) return false;
  const plain = text.replace(/"(?:[^"]|"")*"(?=\s*(?:[,;|\t\n]|$))/g, "");
  const escaped = text.replace(/"(?:[^"\\]|\\.)*"(?=\s*(?:[,;|\t\n]|$))/g, "");
  return count(escaped) < count(plain);
}

function count(text: string): number {
  return text.split('"').length - 1;
}

/** Whether a line is the names of columns, of which one at least is usual. */
function namesColumns(line: string): boolean {
  return [",", ";", "|"].some((delimiter) =>
    areKnownNames(line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, "$1"))),
  );
}

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

/** Whether every line has one separator and more, always as many, and a class of few before the first or after the last. */
function endInClasses(lines: readonly string[]): boolean {
  return [";", "|", ","].some((delimiter) => {
    const rows = lines.map((line) => line.split(delimiter));
    const width = rows[0]?.length ?? 0;
    if (width < 2 || rows.length < 4 || rows.some(({ length }) => length !== width)) return false;
    // A blank follows a comma in prose.
    if (delimiter === "," && lines.some((line) => line.includes(", "))) return false;
    return [0, width - 1].some((at) => {
      const cells = rows.map((row) => row[at]!);
      const kinds = new Set(cells).size;
      return 3 * kinds <= rows.length && kinds > 1 && cells.every((cell) => /^\S{1,24}$/.test(cell));
    });
  });
}

/** Whether every line begins with a label: marked as fastText does, in capitals as in TREC, or a number of few. */
function areLabelled(lines: readonly string[]): boolean {
  const labels = lines.map((line) => /^\s*(\S+)[ \t]+\S/.exec(line)?.[1] ?? "");
  if (labels.length < 2 || labels.includes("")) return false;
  const every = (pattern: RegExp) => labels.every((label) => pattern.test(label));
  if (every(/^__label__\S/) || every(/^[A-Z]{2,}:[\w-]+$/)) return true;
  const kinds = new Set(labels).size;
  return kinds > 1 && 2 * kinds <= labels.length && (every(/^[A-Z]{2,}$/) || every(/^[+-]?\d$/));
}
