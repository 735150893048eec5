import { describe, expect, test } from "vitest";
import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { MAX_BYTES, MAX_COLUMNS, MAX_ROWS } from "./settings.ts";
import { readTable } from "./table.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const now = { dataSeparator: "auto", dataRules: "2" } as const;
const csv = { ...now, dataFormat: "csv", dataHeader: "yes" } as const;
const bare = { ...now, dataFormat: "csv", dataHeader: "no" } as const;
const tsv = { ...now, dataFormat: "tsv", dataHeader: "yes" } as const;
const jsonl = { ...now, dataFormat: "jsonl", dataHeader: "yes" } as const;
const read = (text: string, settings: Parameters<typeof readTable>[2] = csv) => readTable(bytes(text), "x", settings);
const cells = async (text: string, settings: Parameters<typeof readTable>[2] = csv) =>
  (await read(text, settings)).rows.map((row) => row.cells);

async function refusal(
  content: Uint8Array,
  settings: Parameters<typeof readTable>[2] = csv,
): Promise<RefusedFileError> {
  const error = await readTable(content, "mine.csv", settings).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(RefusedFileError);
  return error as RefusedFileError;
}

describe("files that cannot be read at all", () => {
  test.each([
    ["nothing", new Uint8Array(), "data-empty", "mine.csv is empty"],
    ["a byte that is not UTF-8", Uint8Array.of(97, 10, 98, 0xe9, 10), "data-not-utf8", "mine.csv, line 2: not UTF-8"],
    ["half a character at the end", Uint8Array.of(97, 10, 10, 0xe2, 0x82), "data-not-utf8", "mine.csv, line 3"],
    ["a surrogate in UTF-8", Uint8Array.of(97, 0xed, 0xa0, 0x80), "data-not-utf8", "mine.csv, line 1"],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 97, 0), "data-not-utf8", "mine.csv is UTF-16 text"],
    [
      "UTF-16 without a mark",
      Uint8Array.from("text,label\n", (c) => c.charCodeAt(0)).reduce((all, byte, at) => {
        all[2 * at] = byte;
        return all;
      }, new Uint8Array(22)),
      "data-not-utf8",
      "mine.csv is UTF-16 text without",
    ],
    ["a NUL", bytes("a,b\n1,\0\n"), "data-binary", "mine.csv, line 2: a NUL character"],
    ["a zip archive", bytes("PK\u0003\u0004\0\0"), "data-binary", "is a zip archive or a spreadsheet"],
    ["UTF-16 without a mark", bytes("t\0e\0x\0t\0,\0b\0\n\0"), "data-not-utf8", "is UTF-16 text without a mark"],
    ["a web page", bytes("<!DOCTYPE html>\n<html>"), "data-binary", "is a web page"],
    ["too many bytes", new Uint8Array(MAX_BYTES + 1).fill(97), "file-too-large", "has 32.0 MB, and 32 MB can be read"],
    ["too many rows", bytes("a\n".repeat(MAX_ROWS + 2)), "data-too-large", "more than 200,000 rows"],
    ["too many columns", bytes(`${"a,".repeat(MAX_COLUMNS)}b\n`), "data-too-large", "257 columns, and 256 may be"],
    [
      "quotes that mean nothing",
      bytes('a,"b" c\n'.repeat(150).replaceAll('" c', '"c\n')),
      "data-bad-quotes",
      "quotes are wrong",
    ],
  ])("%s", async (_, content, code, message) => {
    const error = await refusal(content);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    // A whole sentence on what to do, other than what is wrong.
    expect(error.hint).toMatch(/^[A-Z].* .+\.$/s);
  });
});

describe("CSV", () => {
  test("quotes hold commas, line ends and doubled quotes; a byte order mark and CRLF are no content", async () => {
    const table = await read('\ufefftext,label\r\n"one, ""two""\r\nthree",a\r\n\r\nfour,b');
    expect(table).toEqual({
      columns: ["text", "label"],
      rows: [
        { line: 2, cells: ['one, "two"\nthree', "a"] },
        { line: 5, cells: ["four", "b"] },
      ],
      bad: [],
    });
  });

  test("semicolons, bars and tabs separate too", async () => {
    expect(await cells('text\tlabel\n"one\ttwo"\t1\n"three"\t2\n')).toEqual([
      ["one\ttwo", "1"],
      ["three", "2"],
    ]);
    expect(await cells("text;label\none, two;1\nthree, four;2\n")).toEqual([
      ["one, two", "1"],
      ["three, four", "2"],
    ]);
    expect(await cells("text|label\none, two|1\nthree|2\n")).toEqual([
      ["one, two", "1"],
      ["three", "2"],
    ]);
  });

  test("a single column is a column", async () => {
    expect(await read("text\none\ntwo")).toMatchObject({ columns: ["text"], rows: [{ line: 2 }, { line: 3 }] });
  });

  test("without names columns have numbers, and rows the usual number of cells", async () => {
    const table = await read("a\n1,2\n3,4\n5,6,7\n", bare);
    expect(table.columns).toEqual(["column 1", "column 2"]);
    expect(table.rows.map(({ line }) => line)).toEqual([2, 3]);
    expect(table.bad).toMatchObject([
      { line: 1, problem: "1 cell where 2 belong" },
      { line: 4, problem: "3 cells where 2 belong" },
    ]);
  });

  test.each([
    ["a single quote inside", 'text,label\n"a "b" c",1\nd,2\n', [2], ["d"]],
    ["an open quote in the middle", 'text,label\n"a,1\nb,2\n"c",3\n', [2], ["b", "c"]],
    ["an open quote at the end", 'text,label\na,1\n"b,2', [3], ["a"]],
    ["something after a quote", 'text,label\n"a"x,1\nb,2\n', [2], ["b"]],
    ["two such rows in a row", 'text,label\n"a"x,1\n"b,2\nc,3\n', [2, 3], ["c"]],
    ["such a row after a cell of two lines", 'text,label\n"a\nb",1\n"c"x,2\nd,3\n', [4], ["a\nb", "d"]],
  ])("%s costs its own row", async (_, text, lines, left) => {
    const table = await read(text);
    expect(table.bad.map(({ line }) => line)).toEqual(lines);
    expect(table.bad[0]!.problem).toContain("quote");
    expect(table.rows.map((row) => row.cells[0])).toEqual(left);
  });
});

describe("TSV", () => {
  test("quotes are characters, and cells keep their blanks", async () => {
    expect(await read('a\tb\n"He said\t"no" \r\n\t\nx\n', tsv)).toMatchObject({
      columns: ["a", "b"],
      rows: [{ line: 2, cells: ['"He said', '"no" '] }],
      bad: [{ line: 4, problem: "1 cell where 2 belong" }],
    });
  });
});

describe("JSONL", () => {
  test("keys are columns in the order in which they come up; numbers stay as they are written", async () => {
    const text = '{"text": "one", "score": 4.50}\n\n{"score": 3e0, "text": "two", "more": true}\n{"other": null}';
    expect(await read(text, jsonl)).toEqual({
      columns: ["text", "score", "more", "other"],
      rows: [
        { line: 1, cells: ["one", "4.50", undefined, undefined] },
        { line: 3, cells: ["two", "3e0", "true", undefined] },
        { line: 4, cells: [undefined, undefined, undefined, undefined] },
      ],
      bad: [],
    });
  });

  test.each([
    ['{"a": 1', "not valid JSON"],
    ['{"a": 1, "a": 2}', "comes twice"],
    ['{"a": "\\ud800"}', "half a character"],
    ["[1, 2]", "not a JSON object"],
    ["NaN", "not a JSON object"],
    [`{"a": ${"[".repeat(70)}`, "more than 64 levels"],
  ])("%s is a bad row", async (line, problem) => {
    const table = await read(`{"a": "b"}\n${line}\n`, jsonl);
    expect(table.bad).toEqual([{ line: 2, problem: expect.stringContaining(problem) }]);
    expect(table.rows.length).toBe(1);
  });

  test("keys mean nothing by themselves", async () => {
    const table = await read('{"__proto__": "x", "constructor": "y", "toString": {"polluted": 1}}', jsonl);
    expect(table.columns).toEqual(["__proto__", "constructor", "toString.polluted"]);
    expect(table.rows[0]!.cells).toEqual(["x", "y", "1"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test("running text is cut at lines, or at empty lines with the lines between them joined", async () => {
  const text = "It was the\nbest of times.\n\n\nIt was the worst.\n";
  expect(await cells(text, { ...now, dataFormat: "lines", dataHeader: "yes" })).toEqual([
    ["It was the"],
    ["best of times."],
    ["It was the worst."],
  ]);
  const paragraphs = await read(text, { ...now, dataFormat: "paragraphs", dataHeader: "yes" });
  expect(paragraphs.rows).toEqual([
    { line: 1, cells: ["It was the best of times."] },
    { line: 5, cells: ["It was the worst."] },
  ]);
});
