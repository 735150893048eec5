import { describe, expect, test } from "vitest";
import { chooseColumns, customTask } from "./examples.ts";
import type { DataSettings } from "./settings.ts";
import { readTable } from "./table.ts";

const usual: DataSettings = {
  dataFormat: "csv",
  dataSeparator: "auto",
  dataHeader: "yes",
  dataKind: "classification",
  dataText: 1,
  dataSecond: 0,
  dataLabel: 2,
  dataValidation: 0.25,
  dataBad: "refuse",
  dataContext: 0,
  dataDecimal: "point",
  dataRules: "2",
};

async function rowsOf(text: string, change: Partial<DataSettings> = {}) {
  const settings = { ...usual, ...change };
  const table = await readTable(new TextEncoder().encode(text), "x.csv", settings);
  return { settings, rows: chooseColumns(table, settings, "x.csv") };
}
async function taskOf(text: string, change: Partial<DataSettings> = {}) {
  const { rows, settings } = await rowsOf(text, change);
  return customTask(rows, settings, "x.csv");
}
const table = (count: number, row: (at: number) => string) =>
  `text,label\n${Array.from({ length: count }, (_, at) => row(at)).join("\n")}\n`;

describe("rows that cannot be used", () => {
  const text = "text,label\nok,1\n ,1\nx,\ny,a lot\nz,2\nz";
  const bad = [
    { line: 3, problem: "the text under text is empty" },
    { line: 4, problem: "no label under label" },
    { line: 5, problem: 'the label "a lot" is no number' },
    { line: 7, problem: "1 cell where 2 belong" },
  ];

  test("are reported by line, and refuse the file unless they may be skipped", async () => {
    const { rows } = await rowsOf(text, { dataKind: "regression" });
    expect(rows.bad).toMatchObject(bad);
    await expect(taskOf(text, { dataKind: "regression" })).rejects.toMatchObject({
      code: "data-bad-rows",
      message: "x.csv, line 3: the text under text is empty; and 3 more rows cannot be used",
    });
    const { train, dev } = await taskOf(text, { dataKind: "regression", dataBad: "skip" });
    expect([...train, ...dev].map((example) => example.text).sort()).toEqual(["ok", "z"]);
  });

  test.each(["NaN", "Infinity", "0x10", "1e39", "1,5", "--1", "1_000", "１"])("%s is no number", async (label) => {
    const { rows } = await rowsOf(`text,label\na,"${label}"\n`, { dataKind: "regression" });
    expect(rows.bad.map(({ line }) => line)).toEqual([2]);
  });

  test("texts and labels have a length", async () => {
    const { rows } = await rowsOf(`text,label\n${"a".repeat(100_001)},1\nb,${"c".repeat(81)}\n`);
    expect(rows.bad.map(({ problem }) => problem)).toEqual([
      "the text under text has 100,001 characters; 100,000 may be",
      "the label has 81 characters; 80 may be",
    ]);
    const running = await rowsOf(`text,label\n${"a".repeat(100_001)},1\n`, { dataKind: "language-modelling" });
    expect(running.rows.bad).toEqual([]);
  });

  test("a key that a row of JSONL lacks is reported by its name", async () => {
    const { rows } = await rowsOf('{"text": "a", "label": "x"}\n{"label": "x"}\n{"text": ["a", "b"], "label": "x"}', {
      dataFormat: "jsonl",
    });
    expect(rows.bad).toMatchObject([2, 3].map((line) => ({ line, problem: "no text under text" })));
  });
});

test.each([
  [
    "a column that is not there",
    "text,label\na,b\n",
    { dataText: 3 },
    "data-bad-column",
    "x.csv has 2 columns, and column 3",
  ],
  ["one class", table(4, (at) => `${at},same`), {}, "data-bad-labels", 'every label is "same"'],
  ["65 classes", table(65, (at) => `${at},c${at}`), {}, "data-bad-labels", "65 different labels, such as c0, c1, c2"],
  ["one score", table(4, (at) => `${at},3`), { dataKind: "regression" }, "data-bad-labels", "every label is 3"],
  ["a byte order mark and no more", "\ufeff", {}, "data-empty", "x.csv holds nothing but blanks"],
  ["blank lines", "\n\n  \n", {}, "data-empty", "x.csv holds nothing but blanks"],
  [
    "nothing below the names",
    "text,label\n",
    {},
    "data-empty",
    "no row that can be used below the names of its columns",
  ],
  [
    "nothing but bad rows",
    "text,label\n,1\n",
    { dataBad: "skip" },
    "data-empty",
    "line 2: the text under text is empty",
  ],
  ["one row", "text,label\na,b\n", {}, "data-too-few", "x.csv has one row"],
  ["one text", "text,label\na,b\na,c\n", {}, "data-too-few", "x.csv has one text in all rows"],
  ["one line", "just one line", { dataFormat: "lines", dataKind: "language-modelling" }, "data-too-few", "one text"],
] as const)("%s is refused", async (_, text, change, code, message) => {
  await expect(taskOf(text, change)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

describe("labels", () => {
  test("become classes: numbers in their order, then words, whatever the order of rows", async () => {
    const rows = ["b,10", "c,good", "a,9", "d,bad", "e,10", "f, 9 "];
    const { task, train, dev } = await taskOf(`text,label\n${rows.join("\n")}\n`);
    expect(task).toMatchObject({ kind: "classification", classes: ["9", "10", "bad", "good"] });
    const labels = Object.fromEntries([...train, ...dev].map((example) => [example.text, example.label]));
    expect(labels).toEqual({ a: 0, b: 1, c: 3, d: 2, e: 1, f: 0 });
  });

  test("that are numbers have the range that they have", async () => {
    const { task, train, dev } = await taskOf(
      table(8, (at) => `${at},${at / 2 - 1}`),
      { dataKind: "regression" },
    );
    expect(task).toMatchObject({ kind: "regression", range: [-1, 2.5] });
    expect([...train, ...dev].map(({ label }) => label!).sort((a, b) => a - b)).toEqual([
      -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5,
    ]);
  });
});

describe("the rows that are held out", () => {
  test("are the share that is asked for, drawn, and always the same", async () => {
    const text = table(200, (at) => `row ${at},${at % 3}`);
    const first = await taskOf(text);
    expect([first.train.length, first.dev.length]).toEqual([150, 50]);
    expect(await taskOf(text)).toEqual(first);
    const held = first.dev.map((example) => Number(example.text.slice(4)));
    expect(new Set(held).size).toBe(50);
    expect(Math.min(...held), "from the whole file").toBeLessThan(20);
    expect(Math.max(...held)).toBeGreaterThan(180);
    expect(new Set(first.dev.slice(0, 12).map(({ label }) => label)).size, "in no order").toBe(3);
    const numbers = first.train.map((example) => Number(example.text.slice(4)));
    expect(numbers, "what is left keeps its order").toEqual([...numbers].sort((a, b) => a - b));
  });

  test("never share a text with those that are learnt", async () => {
    const { train, dev } = await taskOf(
      table(90, (at) => `text ${at % 30},answer ${at}`),
      {
        dataKind: "completion",
        dataSecond: 2,
      },
    );
    expect(train.length + dev.length).toBe(90);
    expect(dev.length % 3).toBe(0);
    const learnt = new Set(train.map((example) => example.text));
    expect(dev.filter((example) => learnt.has(example.text))).toEqual([]);
    expect(dev[0]).toHaveProperty("second");
  });

  test("are at the end of running text, whose beginnings are continued", async () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line ${at} of a little text`).join("\n");
    const { task, train, dev } = await taskOf(lines, { dataFormat: "lines", dataKind: "language-modelling" });
    expect(train.map((example) => example.text)).toEqual(lines.split("\n").slice(0, 9));
    expect(dev.length).toBe(3);
    expect(task).toMatchObject({ prompts: ["line 9 of a", "line 10 of a"] });
  });
});
