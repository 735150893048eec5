import type { ParseStepResult } from "papaparse";
import { RefusedFileError, shown } from "../../checkpoint/refusal.ts";
import { type Json, JsonError, JsonNumber, parseStrictJson } from "../../checkpoint/strictJson.ts";
import { EngineError } from "../../errors.ts";
import { type DataFormat, MAX_COLUMNS, MAX_ROWS } from "./settings.ts";

/** A row as it lies in the file. A cell is missing where a JSON object has no such key, or no text or number under it. */
export interface DataRow {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly (string | undefined)[];
}

/** A row that cannot be used, and why. */
export interface BadRow {
  readonly line: number;
  readonly problem: string;
}

/** All rows of a file, the one with the names of columns still among them. */
export interface RawRows {
  readonly rows: readonly DataRow[];
  readonly bad: readonly BadRow[];
  /** Names of columns, where rows carry them. */
  readonly keys?: readonly string[];
  /** Whether rows may have more cells than the others. */
  readonly hasExtras?: boolean;
}

/** Rows of the text of a file. @throws RefusedFileError */
export async function readRows(text: string, format: DataFormat, file: string): Promise<RawRows> {
  const read = await readers[format](text, file);
  if (read.rows.length + read.bad.length > MAX_ROWS)
    throw tooMany(file, `more than ${MAX_ROWS.toLocaleString("en")} rows`);
  const columns = read.rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  if (columns > MAX_COLUMNS) throw tooMany(file, `${columns} columns, and ${MAX_COLUMNS} may be`);
  return read;
}

function tooMany(file: string, what: string): RefusedFileError {
  return new RefusedFileError("data-too-large", `${file} has ${what}`, "Take part of it.");
}

const readers: Readonly<Record<DataFormat, (text: string, file: string) => RawRows | Promise<RawRows>>> = {
  lines: (text) => ({ rows: linesOf(text).map(({ line, content }) => ({ line, cells: [content] })), bad: [] }),
  paragraphs,
  tsv,
  csv,
  "csv-escaped": csv,
  jsonl,
  json: jsonl,
};

/** Lines with something on them. */
function linesOf(text: string): { line: number; content: string }[] {
  const lines: { line: number; content: string }[] = [];
  text.split("\n").forEach((content, index) => {
    if (content.trim() !== "") lines.push({ line: index + 1, content });
  });
  return lines;
}

/** Texts with empty lines between them, and lines within them that only a typewriter's margin ended. */
function paragraphs(text: string): RawRows {
  const rows: { line: number; cells: [string] }[] = [];
  let last = -1;
  for (const { line, content } of linesOf(text)) {
    const open = rows.at(-1);
    if (open && line === last + 1) open.cells[0] += ` ${content.trim()}`;
    else rows.push({ line, cells: [content.trim()] });
    last = line;
  }
  return { rows, bad: [] };
}

/** Rows of the STS benchmark as it was first published name sources behind the sentences, some of them. */
const STS_GENRE = /^main-(captions|forums?|news)\t/;

/** Quotes are characters like others, as in the files of GLUE; so no cell has a tab or the end of a line in it. */
function tsv(text: string): RawRows {
  const rows = linesOf(text).map(({ line, content }) => ({ line, cells: content.split("\t") }));
  return { rows, bad: [], hasExtras: STS_GENRE.test(text) };
}

/** Rows after whose quotes the reading began anew; more of them are no slips of the hand. */
const MAX_RESTARTS = 100;

/** RFC 4180, with commas, semicolons, bars or tabs. A row whose quotes are wrong ends with its line. */
async function csv(text: string, file: string): Promise<RawRows> {
  const { default: papa } = await import("papaparse").catch((cause: unknown) => {
    throw new EngineError("what reads CSV files could not be loaded", "Check the connection, then try again.", {
      cause,
    });
  });
  const delimiter = delimiterOf(text, papa);
  const rows: DataRow[] = [];
  const bad: BadRow[] = [];
  let start = 0;
  let line = 1;
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
          bad.push({ line, problem: "a quoted cell has a single quote in it, or is never closed" });
          const next = text.indexOf("\n", start);
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

/** The first of these that cuts most of the first ten rows into as many cells as the first row. */
function delimiterOf(text: string, papa: Pick<typeof import("papaparse"), "parse">): string {
  const head = text.slice(0, 2 ** 16);
  const counts = [",", ";", "|", "\t"].map((delimiter) => {
    const { data } = papa.parse<string[]>(head, { delimiter, newline: "\n", preview: 10 });
    const width = data[0]?.length ?? 0;
    return { delimiter, fitting: width > 1 ? data.filter(({ length }) => length === width).length : 0 };
  });
  return counts.reduce((best, each) => (each.fitting > best.fitting ? each : best)).delimiter;
}

function lineFeeds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** An object a line; columns are its keys, in the order in which they first appear. */
function jsonl(text: string): RawRows {
  const objects: { line: number; entries: ReadonlyMap<string, Json> }[] = [];
  const bad: BadRow[] = [];
  const places = new Map<string, number>();
  for (const { line, content } of linesOf(text)) {
    const problem = (what: string) => bad.push({ line, problem: what });
    try {
      const json = parseStrictJson(content);
      if (!(json instanceof Map)) {
        problem('not a JSON object; every line must be one, such as {"text": "…", "label": "…"}');
        continue;
      }
      const entries = json as ReadonlyMap<string, Json>;
      for (const key of entries.keys())
        if (places.size <= MAX_COLUMNS && !places.has(key)) places.set(key, places.size);
      objects.push({ line, entries });
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      problem(`not valid JSON: ${shown(error.message)}`);
    }
  }
  const keys = [...places.keys()];
  const rows = objects.map(({ line, entries }) => ({ line, cells: keys.map((key) => cellOf(entries.get(key))) }));
  return { rows, bad, keys };
}

function cellOf(json: Json | undefined): string | undefined {
  if (typeof json === "string") return json;
  if (json instanceof JsonNumber) return json.text;
  return typeof json === "boolean" ? String(json) : undefined;
}
