import { shown } from "../../checkpoint/refusal.ts";
import type { TaskKind } from "../task.ts";
import type { Decimal } from "./numbers.ts";

/** How a data file is laid out. */
export type DataFormat = "csv" | "csv-escaped" | "tsv" | "jsonl" | "json" | "labelled" | "lines" | "paragraphs";

/** What stands between the cells of CSV. */
export type DataSeparator = "auto" | "comma" | "semicolon" | "bar" | "tab";

/** The rules by which files were read when settings were written; 2 are the present ones. */
export type DataRules = "1" | "2";

/** Everything that decides how a file becomes examples; it is part of a run's settings, so that a link tells all of it. */
export interface DataSettings {
  readonly dataFormat: DataFormat;
  readonly dataSeparator: DataSeparator;
  readonly dataKind: TaskKind;
  /** Whether the first row of a CSV or TSV file holds the names of its columns. */
  readonly dataHeader: "yes" | "no";
  /** Columns, counted from 1; keys of JSON count in the order in which they first appear. 0 is none. */
  readonly dataText: number;
  /** A text that follows the first after a line's end, such as the input of an instruction. */
  readonly dataContext: number;
  readonly dataSecond: number;
  readonly dataLabel: number;
  /** What stands before the decimals of a score. */
  readonly dataDecimal: Decimal;
  /** Share of the rows that is held out. */
  readonly dataValidation: number;
  /** What becomes of rows that cannot be used. */
  readonly dataBad: "refuse" | "skip";
  readonly dataRules: DataRules;
}

/** What settings call a data file: `name~hash`, with the first 16 hex digits of its SHA-256; `none` before one is chosen. */
export const DATA_REFERENCE = /^(?:none|[A-Za-z0-9][\w.-]{0,63}~[0-9a-f]{16})$/;
export const NO_DATA = "none";

/** Bytes that a data file may have: a tab reads that much at once without trouble. */
export const MAX_BYTES = 32 * 2 ** 20;
export const MAX_ROWS = 200_000;
export const MAX_COLUMNS = 256;
/** Characters of a text that is to be read as one; in language modelling, where texts are cut up, there is no limit. */
export const MAX_TEXT = 100_000;
export const MAX_CLASSES = 64;
/** Characters of the name of a class. */
export const MAX_LABEL = 80;

/** A file's name and SHA-256 as a reference. */
export function dataReference(name: string, sha256: string): string {
  const safe = name
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
  return `${safe || "data"}~${sha256.slice(0, 16)}`;
}

/** The hash in a reference; two files of one hash are one file, whatever they are called. */
export function hashOfData(reference: string): string | undefined {
  return DATA_REFERENCE.test(reference) ? reference.split("~")[1] : undefined;
}

/** A reference in words, short enough for a form. */
export function describeData(reference: string): string {
  const [name, hash] = reference.split("~");
  return hash === undefined ? "no data" : `${shown(name!)} (SHA-256 ${hash.slice(0, 8)}…)`;
}

/** Whether rows of this format have columns to choose from. */
export function hasColumns(format: DataFormat): boolean {
  return format !== "lines" && format !== "paragraphs";
}
