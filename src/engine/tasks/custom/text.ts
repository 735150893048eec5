import { type ForeignKind, foreignKind } from "../../checkpoint/beginnings.ts";
import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { MAX_BYTES } from "./settings.ts";

/**
 * The text of a data file: UTF-8 with or without a byte order mark, and with line feeds for whatever ended its lines.
 *
 * @throws RefusedFileError naming file, line and what is wrong.
 */
export function decodeData(bytes: Uint8Array, file: string): string {
  const rowless = (why: string) =>
    new RefusedFileError("data-empty", `${file} ${why}`, "Choose a file with rows in it.");
  if (bytes.length === 0) throw rowless("is empty");
  if (bytes.length > MAX_BYTES) {
    throw new RefusedFileError(
      "file-too-large",
      `${file} has ${megabytes(bytes.length)} MB, and ${megabytes(MAX_BYTES)} MB can be read`,
      "Take part of it; some ten thousand rows are more than a run in a tab looks at.",
    );
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new RefusedFileError("data-not-utf8", `${file} is UTF-16 text`, "Save it as UTF-8.");
  }
  const foreign = foreignKind(bytes);
  if (foreign) throw new RefusedFileError("data-binary", `${file} is ${foreign.what}, not text`, hints[foreign.kind]);
  const nul = bytes.indexOf(0);
  if (nul >= 0 && everyOtherIsNul(bytes)) {
    throw new RefusedFileError("data-not-utf8", `${file} is UTF-16 text without a mark`, "Save it as UTF-8.");
  }
  if (nul >= 0) {
    throw new RefusedFileError(
      "data-binary",
      `${file}, line ${lineAt(bytes, nul)}: a NUL character, which no text file has`,
      "Choose a CSV, TSV, JSON, JSONL or TXT file, not a spreadsheet or an archive.",
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RefusedFileError(
      "data-not-utf8",
      `${file}, line ${firstBadLine(bytes)}: not UTF-8 text`,
      "Save it as UTF-8; in a spreadsheet, as “CSV UTF-8”.",
      { cause },
    );
  }
  if (text.trim() === "") throw rowless("holds nothing but blanks");
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** What to do about files of other kinds. */
const hints: Readonly<Record<ForeignKind["kind"], string>> = {
  archive: "Unpack it first.",
  sheet: "Unpack it, or save the sheet as “CSV UTF-8”.",
  table: "Save its rows as CSV or JSONL, in pandas with to_csv or to_json.",
  document: "Copy its text into a TXT file.",
  picture: "Choose a CSV, TSV, JSON, JSONL or TXT file.",
  model: "Choose a CSV, TSV, JSON, JSONL or TXT file.",
};

/** Whether bytes begin like UTF-16: mostly a NUL before or after each letter. */
function everyOtherIsNul(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 256);
  const nuls = [0, 1].map((from) => head.filter((byte, at) => at % 2 === from && byte === 0).length);
  return head.length > 3 && Math.max(...nuls) > 0.3 * head.length && Math.min(...nuls) < 0.05 * head.length;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes % 2 ** 20 === 0 ? 0 : 1);
}

function lineAt(bytes: Uint8Array, end: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) line++;
  return line;
}

/** A line feed is never part of a longer UTF-8 sequence, so lines can be tried one by one. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let from = 0; from <= bytes.length; line++) {
    const found = bytes.indexOf(10, from);
    const to = found < 0 ? bytes.length : found;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to + 1;
  }
  return line;
}
