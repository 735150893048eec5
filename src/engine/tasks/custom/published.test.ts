import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { chooseColumns, customTask } from "./examples.ts";
import { formatOf } from "./format.ts";
import { guessSettings } from "./guess.ts";
import { readRows } from "./rows.ts";
import type { DataSettings } from "./settings.ts";
import { tableOf } from "./table.ts";
import { decodeData } from "./text.ts";

/** What becomes of a file when nobody chooses anything. */
async function opened(name: string, content: Uint8Array) {
  const text = decodeData(content, name);
  const { format: dataFormat, settings: beside } = formatOf(text, name);
  const reading = {
    dataSeparator: "auto",
    dataValidation: 0.1,
    dataBad: "refuse",
    dataRules: "2",
    dataFormat,
    ...beside,
  } as const;
  const raw = await readRows(text, reading, name);
  const { layout, questions, ...guess } = guessSettings(raw, dataFormat);
  const settings: DataSettings = { ...reading, ...guess };
  const rows = chooseColumns(tableOf(raw, settings), settings, name);
  return { layout, questions, settings, rows, make: () => customTask(rows, settings, name) };
}
const written = (name: string, lines: readonly string[]) =>
  opened(name, new TextEncoder().encode(`${lines.join("\n")}\n`));

/** Rows of our own in the layouts in which the data sets are published. */
const stsHeader = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore";

describe("published layouts open as they are", () => {
  test("STS-B of GLUE", async () => {
    const { layout, settings, rows, make } = await written("train.tsv", [
      stsHeader,
      "0\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\tA dog runs.\tA dog is running.\t5.000",
      '1\tmain-news\theadlines\t2013\t0002\tnone\tnone\tThe "bank" fell.\tShares of a bank rose.\t2.250',
    ]);
    expect(layout).toBe("STS-B of GLUE");
    expect(settings).toMatchObject({
      dataFormat: "tsv",
      dataKind: "regression",
      dataHeader: "yes",
      dataText: 8,
      dataSecond: 9,
      dataLabel: 10,
    });
    expect(rows.bad).toEqual([]);
    expect(rows.chosen[1]).toEqual({ text: 'The "bank" fell.', second: "Shares of a bank rose.", label: "2.250" });
    expect(make().task).toMatchObject({ range: [2.25, 5] });
  });

  test("the STS benchmark, tabs in a .csv, with sources in some rows", async () => {
    const { layout, settings, rows } = await written("sts-train.csv", [
      "main-captions\tMSRvid\t2012test\t0001\t5.000\tA dog runs.\tA dog is running.",
      "main-news\theadlines\t2015\t0002\t1.2\tOne thing.\tAnother, longer thing.\thttp\thttp",
      "main-news\theadlines\t2015\t0003",
    ]);
    expect(layout).toBe("STS benchmark");
    expect(settings).toMatchObject({
      dataFormat: "tsv",
      dataKind: "regression",
      dataHeader: "no",
      dataText: 6,
      dataSecond: 7,
      dataLabel: 5,
    });
    expect(rows.chosen.map(({ label }) => label)).toEqual(["5.000", "1.2"]);
    expect(rows.bad).toMatchObject([{ line: 3, problem: "4 cells where 7 belong" }]);
  });

  test("stsb-multi-mt, CSV without names", async () => {
    const { settings, rows } = await written("stsb-en-dev.csv", [
      "A man with a hat is dancing.,A man wearing a hat is dancing.,5.0",
      '"A cat, a dog.","He said ""no"" to it.",1.75',
      "A child rides a horse.,A child is riding a horse.,4",
    ]);
    expect(settings).toMatchObject({
      dataFormat: "csv",
      dataKind: "regression",
      dataHeader: "no",
      dataText: 1,
      dataSecond: 2,
      dataLabel: 3,
    });
    expect(rows.bad).toEqual([]);
    expect(rows.chosen[1]).toEqual({ text: "A cat, a dog.", second: 'He said "no" to it.', label: "1.75" });
  });

  test("SST-2", async () => {
    const { layout, settings, rows, make } = await written("train.tsv", [
      "sentence\tlabel",
      'hide new secretions from the "parental units \t0',
      "a gorgeous , witty film \t1",
      "dull \t0",
    ]);
    expect(layout).toBe("SST-2");
    expect(settings).toMatchObject({
      dataFormat: "tsv",
      dataKind: "classification",
      dataText: 1,
      dataSecond: 0,
      dataLabel: 2,
    });
    expect(rows.bad).toEqual([]);
    expect(make().task).toMatchObject({ classes: ["0", "1"] });
  });

  test("CoLA, without names", async () => {
    const { layout, settings, rows } = await written("in_domain_train.tsv", [
      "gj04\t1\t\tThe sailors rode the breeze clear of the rocks.",
      'gj04\t0\t*\tThe bottle "drank itself sick.',
      "cj99\t1\t\tMore of it.",
    ]);
    expect(layout).toBe("CoLA");
    expect(settings).toMatchObject({
      dataFormat: "tsv",
      dataKind: "classification",
      dataHeader: "no",
      dataText: 4,
      dataLabel: 2,
    });
    expect(rows.bad).toEqual([]);
    expect(rows.chosen.map(({ label }) => label)).toEqual(["1", "0", "1"]);
  });

  test.each(["train.tsv", "msr_paraphrase_train.txt"])(
    "MRPC as %s, with a byte order mark and quotes that are not closed",
    async (name) => {
      const { layout, settings, rows } = await written(name, [
        "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String",
        '1\t702876\t702977\tHe called it "a witness .\tHe called him " the witness " .',
        "0\t2108705\t2108831\tYucaipa owned Dominick 's .\tIt bought the chain in 1995 .",
      ]);
      expect(layout).toBe("MRPC");
      expect(settings).toMatchObject({
        dataFormat: "tsv",
        dataKind: "classification",
        dataHeader: "yes",
        dataText: 4,
        dataSecond: 5,
        dataLabel: 1,
      });
      expect(rows.bad).toEqual([]);
      expect(rows.chosen[0]!.text).toBe('He called it "a witness .');
    },
  );

  test("E2E", async () => {
    const { layout, settings, rows } = await written("trainset.csv", [
      "mr,ref",
      '"name[Alimentum], area[city centre]","A place in the city centre, Alimentum, is ""new""."',
      '"name[Aromi], eatType[pub]",Aromi is a pub.',
    ]);
    expect(layout).toBe("E2E");
    expect(settings).toMatchObject({ dataFormat: "csv", dataKind: "completion", dataText: 1, dataSecond: 2 });
    expect(rows.bad).toEqual([]);
    expect(rows.chosen[0]!.second).toBe('A place in the city centre, Alimentum, is "new".');
  });
});

test.each([
  [
    "prompts in JSONL",
    "x.jsonl",
    ['{"prompt": "a b c", "completion": "d e f"}', '{"prompt": "g", "completion": "h i j"}'],
    { dataKind: "completion", dataText: 1, dataSecond: 2 },
  ],
  [
    "classes in words",
    "",
    ["text,category", "one two three,sport", "four five six,news", "seven,sport", "eight,news"],
    { dataFormat: "csv", dataKind: "classification", dataText: 1, dataLabel: 2 },
  ],
  [
    "a pair with its class",
    "x.jsonl",
    [
      '{"label": 1, "premise": "A man.", "hypothesis": "A person."}',
      '{"label": 0, "premise": "A dog.", "hypothesis": "A cat."}',
    ],
    { dataKind: "classification", dataText: 2, dataSecond: 3, dataLabel: 1 },
  ],
  [
    "prose with as many commas in every line",
    "",
    ["Once, in year 1, a dog met a cat.", "Once, in year 2, a dog met a cow.", "Once, in year 3, a dog met a bee."],
    { dataFormat: "lines", dataKind: "language-modelling" },
  ],
  [
    "columns that a hand typed",
    "",
    ["text, label", "a fine day, good", "rain, bad", "sun, good", "snow, bad"],
    { dataFormat: "csv", dataKind: "classification", dataText: 1, dataLabel: 2 },
  ],
  [
    "prose with commas",
    "",
    ["It was, they said, late.", "Nobody came, not one of them, and so, at last, we left."],
    { dataFormat: "lines", dataKind: "language-modelling" },
  ],
  [
    "names of columns without rows",
    "",
    ["text,label"],
    { dataFormat: "csv", dataHeader: "yes", dataKind: "classification" },
  ],
  [
    "names of columns in a text file",
    "x.txt",
    ["Review; Stars", "a fine day, I say; 5", "rain; 1"],
    { dataFormat: "csv", dataHeader: "yes", dataKind: "classification", dataText: 1, dataLabel: 2 },
  ],
  [
    "rows of which one spans two lines",
    "",
    ["text,label", "a fine day,good", '"rain', 'and wind",bad', "sun,good", "snow,bad"],
    { dataFormat: "csv", dataKind: "classification", dataText: 1, dataLabel: 2 },
  ],
  [
    "speech, with quotes that go on",
    "",
    ['"Hello, my dear,', 'he said. "How are', "you, and yours?", "Well, he", 'asked."'],
    { dataFormat: "lines", dataKind: "language-modelling" },
  ],
  [
    "texts and no more",
    "x.csv",
    ["text", "one, two".replace(",", ""), "three four"],
    { dataFormat: "csv", dataKind: "language-modelling", dataText: 1 },
  ],
] as const)("%s are guessed", async (_, name, lines, expected) => {
  expect((await written(name, lines)).settings).toMatchObject(expected);
});

test("an open quote is reported by its line, and leaves the other rows to be read", async () => {
  const lines = ["a fine day,good", '"rain, and wind,bad', "sun,good", "snow,bad", "ice,bad"];
  const { settings, rows } = await written("", lines);
  expect(settings).toMatchObject({ dataFormat: "csv", dataKind: "classification" });
  expect(rows.bad).toEqual([{ line: 2, problem: "a quoted cell has a single quote in it, or is never closed" }]);
  expect(rows.chosen.map(({ text }) => text)).toEqual(["a fine day", "sun", "snow", "ice"]);
});

const shared = path.resolve("../shared/data");

describe.skipIf(!existsSync(shared))("real files, where ../shared/data lies beside the repository", () => {
  const at = (file: string) => opened(path.basename(file), readFileSync(path.join(shared, file)));

  test.each([
    ["stsb/train.tsv", 5749, "regression", 1, 2, 3],
    ["stsb/dev.tsv", 1500, "regression", 1, 2, 3],
    ["pd/verse-sts/train.tsv", 7047, "regression", 1, 2, 3],
    ["pd/authors/train.tsv", 6000, "classification", 1, 0, 2],
    ["e2e/devset.csv", 4672, "completion", 1, 2, 0],
  ] as const)("%s: %i rows and none is bad", async (file, count, kind, text, second, label) => {
    const { settings, rows, make } = await at(file);
    expect(rows.bad).toEqual([]);
    expect(rows.chosen.length).toBe(count);
    expect(settings).toMatchObject({ dataKind: kind, dataText: text, dataSecond: second, dataLabel: label });
    const { task, train, dev } = make();
    expect(train.length + dev.length).toBe(count);
    expect(dev.length / count).toBeCloseTo(0.1, 1);
    if (task.kind === "regression") expect(task.range).toEqual([0, 5]);
    if (task.kind === "classification") expect(task.classes.length).toBe(4);
  });

  test("E2E has 547 meanings, and none lies on both sides", async () => {
    const { train, dev } = (await at("e2e/devset.csv")).make();
    const learnt = new Set(train.map(({ text }) => text));
    const held = new Set(dev.map(({ text }) => text));
    expect(learnt.size + held.size).toBe(547);
  });

  test.each(["tinyshakespeare/input.txt", "pd/lm/moby_dick.txt"])("%s is running text", async (file) => {
    const { settings, make } = await at(file);
    expect(settings).toMatchObject({ dataFormat: "lines", dataKind: "language-modelling" });
    expect(make().train.length).toBeGreaterThan(1000);
  });
});
