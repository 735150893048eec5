import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { csv } from "./csv.ts";
import { json, jsonl } from "./json.ts";
import { type BadRow, type DataRow, linesOf, type RawRows } from "./row.ts";
import { type DataFormat, type DataSettings, MAX_COLUMNS, MAX_ROWS } from "./settings.ts";

/** How a file is to be read as rows. */
export type RowSettings = Pick<DataSettings, "dataFormat" | "dataSeparator" | "dataRules">;

/** Rows of the text of a file. @throws RefusedFileError */
export async function readRows(text: string, settings: RowSettings, file: string): Promise<RawRows> {
  const read = await readers[settings.dataFormat](text, file, settings);
  if (read.rows.length + read.bad.length > MAX_ROWS)
    throw tooMany(file, `more than ${MAX_ROWS.toLocaleString("en")} rows`);
  const columns = read.rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  if (columns > MAX_COLUMNS) throw tooMany(file, `${columns} columns, and ${MAX_COLUMNS} may be`);
  return read;
}

function tooMany(file: string, what: string): RefusedFileError {
  return new RefusedFileError("data-too-large", `${file} has ${what}`, "Take part of it.");
}

type Reader = (text: string, file: string, settings: RowSettings) => RawRows | Promise<RawRows>;

const readers: Readonly<Record<DataFormat, Reader>> = {
  lines: (text) => ({ rows: linesOf(text).map(({ line, content }) => ({ line, cells: [content] })), bad: [] }),
  paragraphs,
  labelled,
  tsv,
  csv: (text, file, { dataSeparator: separator, dataRules: rules }) =>
    csv(text, file, { separator, rules, escapes: false }),
  "csv-escaped": (text, file, { dataSeparator: separator, dataRules: rules }) =>
    csv(text, file, { separator, rules, escapes: true }),
  jsonl: (text, _, { dataRules }) => jsonl(text, dataRules),
  json,
};

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

/** A label and, after a blank, a text, as in TREC, Subj and what fastText reads, whose marks are taken off. */
function labelled(text: string): RawRows {
  const rows: DataRow[] = [];
  const bad: BadRow[] = [];
  for (const { line, content } of linesOf(text)) {
    const [, label, rest] = /^\s*(\S+)\s+(\S.*)$/s.exec(content) ?? [];
    if (label === undefined) bad.push({ line, problem: "a label and no text after it" });
    else if (rest!.startsWith("__label__")) bad.push({ line, problem: "more than one label" });
    else rows.push({ line, cells: [label.replace(/^__label__/, ""), rest] });
  }
  return { rows, bad, keys: ["label", "text"] };
}
