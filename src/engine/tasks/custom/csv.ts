import type { ParseStepResult } from "papaparse";
import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { EngineError } from "../../errors.ts";
import { isMarkdown, markdown } from "./markdown.ts";
import type { BadRow, DataRow, RawRows } from "./row.ts";
import type { DataRules, DataSeparator } from "./settings.ts";

type Papa = Pick<typeof import("papaparse"), "parse">;

/** Rows after whose quotes the reading began anew; more of them are no slips of the hand. */
const MAX_RESTARTS = 100;

const separators = { comma: ",", semicolon: ";", bar: "|", tab: "\t" } as const;

export interface CsvDialect {
  readonly separator: DataSeparator;
  /** A quote inside a cell stands behind a backslash instead of being doubled. */
  readonly escapes: boolean;
  readonly rules: DataRules;
}

/** RFC 4180, with commas, semicolons, bars or tabs. A row whose quotes are wrong ends with its line. */
export async function csv(text: string, file: string, { separator, escapes, rules }: CsvDialect): Promise<RawRows> {
  const { default: papa } = await import("papaparse").catch((cause: unknown) => {
    throw new EngineError("what reads CSV files could not be loaded", "Check the connection, then try again.", {
      cause,
    });
  });
  if (rules === "2" && isMarkdown(text)) return markdown(text);
  const named = rules === "2" ? separatorLine(text) : undefined;
  const from = named ? named.end : 0;
  const body = escapes ? withoutBackslashes(text.slice(from)) : { text: text.slice(from), restore: undefined };
  const delimiter =
    separator !== "auto"
      ? separators[separator]
      : (named?.separator ?? (rules === "1" ? firstSeparator(body.text, papa) : separatorOf(body.text, papa)));
  const isSpaced = rules === "2" && body.text.slice(0, 2 ** 17).split(`${delimiter} "`).length > 2;
  const content = isSpaced ? withoutBlanks(body.text, delimiter) : body.text;
  const { rows, bad } = read(content, file, delimiter, named ? 2 : 1, papa);
  const { restore } = body;
  return {
    rows: restore ? rows.map(({ line, cells }) => ({ line, cells: cells.map((cell) => restore(cell!)) })) : rows,
    bad,
    ...(named && { notes: [`Line 1 names the separator and is no row.`] }),
  };
}

/** What spreadsheets write before the first row: `sep=;`. */
export function separatorLine(text: string): { readonly separator: string; readonly end: number } | undefined {
  const [line, separator] = /^"?sep=(.)"?[ ;,\t]*(?:\n|$)/i.exec(text) ?? [];
  return line === undefined ? undefined : { separator: separator!, end: line.length };
}

function read(text: string, file: string, delimiter: string, firstLine: number, papa: Papa) {
  const rows: DataRow[] = [];
  const bad: BadRow[] = [];
  let start = 0;
  let line = firstLine;
  for (let restarts = 0; start < text.length; restarts++) {
    if (restarts > MAX_RESTARTS) {
      throw new RefusedFileError(
        "data-bad-quotes",
        `${file}, line ${line}: quotes are wrong here and in ${MAX_RESTARTS} rows before`,
        "A cell with a quote, a comma or a line's end in it stands between quotes, and a quote inside is doubled. Where quotes mean nothing, open the file as TSV.",
      );
    }
    const base = start;
    papa.parse<string[]>(text.slice(base), {
      delimiter,
      newline: "\n",
      step({ data, errors, meta }: ParseStepResult<string[]>, parser) {
        const end = base + meta.cursor;
        const isBroken = errors.some(({ type }) => type === "Quotes");
        if (isBroken) {
          const next = text.indexOf("\n", start);
          bad.push({ line, problem: quoteProblem(text.slice(start, next < 0 ? text.length : next)) });
          start = next < 0 ? text.length : next + 1;
          line++;
          if (start < end) parser.abort();
          return;
        }
        if (data.length > 1 || data[0]!.trim() !== "") rows.push({ line, cells: data });
        line += lineFeeds(text, start, end);
        start = end;
      },
    });
    // What is left without a line's end was read as a row too.
    if (start === base) break;
  }
  return { rows, bad };
}

function quoteProblem(line: string): string {
  if (line.includes('\\"')) {
    return "a quote behind a backslash; in CSV it is doubled, and the format CSV with backslashes reads it";
  }
  return "a quoted cell has a single quote in it, or is never closed";
}

/** Text without blanks between a separator and the quote that begins a cell. */
function withoutBlanks(text: string, delimiter: string): string {
  const escaped = delimiter.replace(/[^\w\s]/, "\\$&");
  const blanks = new RegExp(`"(?:[^"]|"")*"|${escaped} +(?=")`, "g");
  return text.replace(blanks, (found) => (found.startsWith('"') ? found : delimiter));
}

/**
 * Text in which backslashes before quotes and backslashes are taken as what they stand for. A quote among them becomes a
 * character that the text does not have, so that it ends no cell, until `restore` puts it back.
 */
function withoutBackslashes(text: string): { readonly text: string; readonly restore: (cell: string) => string } {
  let code = 0xe000;
  while (text.includes(String.fromCharCode(code))) code++;
  const quote = String.fromCharCode(code);
  return {
    text: text.replace(/\\(["\\])/g, (_, escaped: string) => (escaped === '"' ? quote : "\\")),
    restore: (cell) => cell.replaceAll(quote, '"'),
  };
}

/** The first of these that cuts most of the first ten rows into as many cells as the first row: the rule of then. */
function firstSeparator(text: string, papa: Papa): string {
  const head = text.slice(0, 2 ** 16);
  const counts = [",", ";", "|", "\t"].map((delimiter) => {
    const { data } = papa.parse<string[]>(head, { delimiter, newline: "\n", preview: 10 });
    const width = data[0]?.length ?? 0;
    return { delimiter, fitting: width > 1 ? data.filter(({ length }) => length === width).length : 0 };
  });
  return counts.reduce((best, each) => (each.fitting > best.fitting ? each : best)).delimiter;
}

/** Rows that are looked at to find what separates cells. */
const LOOKED_AT = 100;

/**
 * What cuts the most rows into the same number of cells. Where two do, the one that looks less like punctuation: not
 * followed by a blank, as in prose, nor between digits, as in decimals.
 */
function separatorOf(text: string, papa: Papa): string {
  const head = text.slice(0, 2 ** 17);
  const bare = head.replace(/"(?:[^"]|"")*"/g, '""');
  const scores = [",", ";", "|", "\t"].map((delimiter) => {
    const { data } = papa.parse<string[]>(head, { delimiter, newline: "\n", preview: LOOKED_AT });
    const widths = new Map<number, number>();
    for (const { length } of data) widths.set(length, (widths.get(length) ?? 0) + 1);
    const [width, fitting] = [...widths].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0]);
    if (width < 2) return { delimiter, score: 0 };
    const parts = bare.split(delimiter);
    const punctuation = parts
      .slice(1)
      .filter((after, at) => after.startsWith(" ") || (/\d$/.test(parts[at]!) && /^\d/.test(after))).length;
    return { delimiter, score: fitting / data.length - 0.3 * (punctuation / Math.max(1, parts.length - 1)) };
  });
  const best = scores.reduce((best, each) => (each.score > best.score ? each : best));
  const [first = ""] = bare.trimStart().split("\n", 1);
  // Below a name without any, what cuts rows into cells of any number is punctuation.
  const spaced = bare.split(`${best.delimiter} `).length - 1;
  const isSingle =
    best.score < 0.5 && !first.includes(best.delimiter) && 2 * spaced >= bare.split(best.delimiter).length - 1;
  return isSingle
    ? (["\t", "|", ";", ","].find((delimiter) => !text.includes(delimiter)) ?? best.delimiter)
    : best.delimiter;
}

function lineFeeds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
