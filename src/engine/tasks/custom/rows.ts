import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { csv } from "./csv.ts";
import { json, jsonl } from "./json.ts";
import { type BadRow, type DataRow, linesOf, type RawRows } from "./row.ts";
import { type DataFormat, type DataSettings, MAX_COLUMNS, MAX_ROWS } from "./settings.ts";

/** How a file is to be read as rows. */
export type RowSettings = Pick<DataSettings, "dataFormat" | "dataSeparator" | "dataRules">;

/** Rows of the text of a file. @throws RefusedFileError */
export async function readRows(text: string, settings: RowSettings, file: string): Promise<RawRows> {
  if (settings.dataRules === "2" && /^\s*<(!doctype html|html)\b/i.test(text)) {
    throw new RefusedFileError(
      "data-binary",
      `${file} is a web page, not rows`,
      "Download the file itself; on sites such as GitHub that is the link “Raw” or “Download”.",
    );
  }
  const read = await readers[settings.dataFormat](text, file, settings);
  if (read.rows.length + read.bad.length > MAX_ROWS)
    throw tooMany(file, `more than ${MAX_ROWS.toLocaleString("en")} rows`);
  const rows =
    settings.dataRules === "2" && !read.keys ? read.rows.filter(({ cells }) => !cells.every(isBlank)) : read.rows;
  const blank = read.rows.length - rows.length;
  const columns = read.rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  if (columns > MAX_COLUMNS) throw tooMany(file, `${columns} columns, and ${MAX_COLUMNS} may be`);
  if (blank === 0) return read;
  const note = `Passed over: ${blank.toLocaleString("en")} ${blank === 1 ? "row" : "rows"} of empty cells.`;
  return { ...read, rows, notes: [...(read.notes ?? []), note] };
}

function isBlank(cell: string | undefined): boolean {
  return cell === undefined || cell.trim() === "";
}

function tooMany(file: string, what: string): RefusedFileError {
  return new RefusedFileError("data-too-large", `${file} has ${what}`, "Take part of it.");
}

type Reader = (text: string, file: string, settings: RowSettings) => RawRows | Promise<RawRows>;

const readers: Readonly<Record<DataFormat, Reader>> = {
  lines,
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

/** A text a line. */
function lines(text: string, _: string, { dataRules }: RowSettings): RawRows {
  const rows = linesOf(text).map(({ line, content }) => ({ line, cells: [content] }));
  const gap = dataRules === "2" ? gapOf(rows.slice(0, 100).map(({ cells: [content] }) => content!)) : undefined;
  const note = `Every line has blanks at character ${gap}, as columns of a fixed width have. They are read as one text; save the table as CSV to learn from its columns.`;
  const notes = [
    ...(gap === undefined ? [] : [note]),
    ...(/^\s*<(\?xml|!doctype|html|table|[\w-]+>\s*\n\s*<)/i.test(text)
      ? [
          "This looks like HTML or XML. Its marks are learnt as text; save what is in it as CSV or JSONL to have columns.",
        ]
      : []),
  ];
  return { rows, bad: [], ...(dataRules === "2" && notes.length > 0 && { notes }) };
}

/** The first place, counted from 1, at which two blanks stand in all lines, with something before and after them. */
function gapOf(lines: readonly string[]): number | undefined {
  if (lines.length < 3) return undefined;
  const [first = ""] = lines;
  for (const { index } of first.matchAll(/(?<=\S *) {2}(?=\S)/g))
    if (lines.every((line) => /\S/.test(line.slice(0, index)) && /^ {2}\S/.test(line.slice(index)))) return index + 1;
  return undefined;
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
