import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import fc from "fast-check";
import { whereTyped } from "../tools/commandLine.ts";
import { requireAnswers } from "../tools/headless/answers.ts";
import { RunFolder } from "../tools/headless/folder.ts";
import { givenData, givenExperiment, givenModel } from "../tools/headless/given.ts";
import { called, headless, requireWhole } from "./headlessRun.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const rows = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `${at % 2 ? "a fine" : "a sad"} day number ${at},${at % 2 ? "good" : "bad"}`,
  );
const csv = (count: number) => `text,label\n${rows(count).join("\n")}\n`;

let folder = "";

test.beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "headless-files-")));
});

test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

const name = fc.constantFrom("data", "my data", "Übung", "数据", "a.b", "-x", "#1", "v=1", "it's");

test("a path means the same from wherever it was typed, directly or through npm", () => {
  fc.assert(
    fc.property(
      fc.array(name, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.constantFrom("relative", "dotted", "around", "absolute"),
      (levels, at, style) => {
        const own = mkdtempSync(path.join(folder, "case-"));
        const file = path.join(own, ...levels, "rows.csv");
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, csv(2));
        const typedIn = path.join(own, ...levels.slice(0, at % (levels.length + 1)));
        const relative = path.relative(typedIn, file);
        const around = path.join("..", path.basename(typedIn), relative);
        const typed = { relative, dotted: `.${path.sep}${relative}`, around, absolute: file }[style];
        const env = { npm_lifecycle_event: "headless", INIT_CWD: typedIn };
        expect(givenData(typed, whereTyped("headless", { env, cwd: root }))).toBe(file);
        expect(givenData(typed, whereTyped("headless", { env: {}, cwd: typedIn }))).toBe(file);
        // What another script of npm starts knows where npm was called, and is not meant by it.
        const inherited = { npm_lifecycle_event: "e2e", INIT_CWD: root };
        expect(givenData(typed, whereTyped("headless", { env: inherited, cwd: typedIn }))).toBe(file);
      },
    ),
    { numRuns: 60 },
  );
});

test("npm from a folder below: data, experiment and result are where they were typed", async () => {
  const link = "v=4&method=lora&maxTokens=16&batchSize=4&steps=1&c=hand";
  writeFileSync(path.join(folder, "rows.csv"), csv(40));
  writeFileSync(path.join(folder, "link.txt"), `\uFEFF${link}\n`);
  const npm = (...args: string[]) =>
    called("npm", ["--prefix", root, "run", "--silent", "headless", "--", ...args], folder);
  const run = npm("./link.txt", "--data", "./rows.csv", "--cpu", "--out", "./run");
  expect(await run.ended, run.said()).toBe(0);
  requireWhole(path.join(folder, "run"));
  const missing = npm(link, "--data", "./other.csv");
  expect(await missing.ended).toBe(2);
  expect(missing.said()).toContain(`--data ./other.csv (${path.join(folder, "other.csv")}) is no file`);
});

test("what a flag cannot take is refused by name, with what to give instead", () => {
  const at = (...parts: string[]) => path.join(folder, ...parts);
  mkdirSync(at("two"));
  mkdirSync(at("none"));
  mkdirSync(at("checkpoint"));
  mkdirSync(at("run"));
  for (const file of ["two/a.csv", "two/b.jsonl", "checkpoint/model.safetensors"]) writeFileSync(at(file), "x");
  for (const file of ["checkpoint/config.json", "run/experiment.json"]) writeFileSync(at(file), "{}");
  symlinkSync(at("nowhere"), at("broken.csv"));
  const archive = (file: string, hex: string) => writeFileSync(at(file), Buffer.from(`${hex}0000000000000000`, "hex"));
  archive("a.zip", "504b0304");
  archive("a.xlsx", "504b0304");
  archive("a.csv.gz", "1f8b08");
  archive("named.csv", "504b0304");
  archive("rows.parquet", "50415231");
  const refused = (take: (typed: string, folder: string) => unknown, typed: string, words: RegExp) =>
    expect(() => take(typed, folder), typed).toThrow(words);
  refused(givenData, "two", /is a folder, and one file is read: name one of a\.csv, b\.jsonl/);
  refused(givenData, "none", /is a folder.*none in it looks like data/);
  refused(givenData, "checkpoint", /is a checkpoint's folder: give it to --model/);
  refused(givenData, "checkpoint/model.safetensors", /holds weights: give its folder to --model/);
  refused(givenData, "broken.csv", /broken\.csv\) is no file: nothing is there/);
  refused(givenData, "a.zip", /is a zip archive; unpack it/);
  refused(givenData, "a.xlsx", /is a spreadsheet; save it as CSV/);
  refused(givenData, "a.csv.gz", /is a gzip archive; unpack it/);
  refused(givenData, "named.csv", /is a zip archive/);
  refused(givenData, "rows.parquet", /is a Parquet file; save its rows/);
  refused(givenData, "/dev/null", /is no regular file/);
  refused(givenData, "https://example.org/rows.csv", /is an address, and nothing is fetched/);
  refused(givenModel, "checkpoint/model.safetensors", /is a file: name the folder that it lies in, .*checkpoint$/);
  refused(givenModel, "a.zip", /is a zip archive; unpack it/);
  refused(givenModel, "owner/name", /is no folder.*from Hugging Face nothing is fetched/);
  refused(givenModel, "./nowhere", /is no folder: nothing is there; paths are relative to where/);
  refused(givenExperiment, "run", /is a folder; give run.experiment\.json/);
  refused(givenExperiment, "two", /is a folder; give a link or an experiment\.json/);
  refused(givenExperiment, "a.zip", /is a zip archive, neither a link nor an experiment/);
  expect(givenExperiment("v=1&rank=4", folder)).toBeUndefined();
});

test("a folder that cannot be written is refused at once and leaves nothing; one that can is there", () => {
  writeFileSync(path.join(folder, "file"), "");
  symlinkSync(path.join(folder, "nowhere"), path.join(folder, "broken"));
  const impossible = [
    "file",
    "file/below",
    "file/far/below",
    "broken",
    "/proc/x",
    "/proc/x/y/z",
    "/sys/x",
    "/dev/null",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...impossible), fc.boolean(), (place, overwrites) => {
      expect(() => new RunFolder(path.resolve(folder, place), overwrites)).toThrow(/^--out .*name (a|another) folder/);
    }),
    { numRuns: 20 },
  );
  const deep = path.join(folder, "one", "two", "three");
  new RunFolder(deep, false).close();
  expect(() => realpathSync(path.join(folder, "one"))).toThrow();
});

test("what is reported after a folder was closed changes nothing in it", () => {
  const run = new RunFolder(path.join(folder, "run"), false);
  run.log([{ _step: 1 }]);
  run.write("receipt.json", "{}");
  run.close();
  run.log([{ _step: 1 }, { _step: 2 }]);
  run.close();
  expect(readFileSync(path.join(folder, "run", "metrics.jsonl"), "utf8")).toBe('{"_step":1}\n');
  expect(readdirSync(path.join(folder, "run")).sort()).toEqual(["metrics.jsonl", "receipt.json"]);
});

test("headless itself ends at once where the folder cannot be", async () => {
  const call = headless(["v=1", "--cpu", "--out", "/proc/x"]);
  expect(await call.ended).toBe(2);
  expect(call.said()).toContain("--out /proc/x cannot be written");
});

test("what nobody chose follows from the data, what was chosen is held against it", async () => {
  writeFileSync(path.join(folder, "rows.csv"), csv(40));
  const call = (link: string) => headless([link, "--data", "rows.csv", "--cpu", "--out", "run", "--overwrite"], folder);
  const fitted = call("v=1&method=lora&maxTokens=16&batchSize=6&passes=3&steps=1");
  expect(await fitted.ended, fitted.said()).toBe(0);
  expect(fitted.said()).toContain("Examples (shots) is set to all: rows.csv");
  expect(fitted.said()).toContain("lora's own is 0.001: write learningRate=0.001");
  expect(fitted.said()).toMatch(/^rows\.csv is read as CSV; Classification; text 1 \(text\); label 2 \(label\)$/m);
  expect(fitted.said()).toMatch(/^rows\.csv: 36 to train on, 4 held out; 2 classes: bad \d+, good \d+$/m);
  writeFileSync(path.join(folder, "rows.csv"), csv(40).replace("a sad day number 8,bad", "a sad day number 8,"));
  const skipping = call("v=4&dataBad=skip&method=lora&maxTokens=16&batchSize=4&steps=1&c=hand");
  expect(await skipping.ended, skipping.said()).toBe(0);
  expect(skipping.said()).toMatch(/^rows\.csv: 1 bad row is skipped, line 10: no label/m);
  writeFileSync(path.join(folder, "rows.csv"), csv(40));
  const asked = call("v=4&shots=1024&c=hand");
  expect(await asked.ended).toBe(2);
  expect(asked.said()).toMatch(/Examples \(shots=1024\): rows\.csv .* has 36 rows to train on; choose fewer, or all/);
});

test("a file that can be read in two ways is refused with both, and with the settings that decide", () => {
  const question = {
    text: "Labels are 0.0 and 1.0.",
    readings: [
      { label: "two classes", settings: { dataKind: "classification" } },
      { label: "scores", settings: { dataKind: "regression", dataDecimal: "comma" } },
    ],
  } as const;
  expect(() => requireAnswers("rows.csv", [])).not.toThrow();
  expect(() => requireAnswers("rows.csv", [question])).toThrow(
    /^rows\.csv can be read in more than one way.*\nLabels are 0\.0 and 1\.0\.\n {2}two classes: dataKind=classification\n {2}scores: dataKind=regression&dataDecimal=comma$/,
  );
});

test("settings are judged with the model and the data that are given", async () => {
  const prompts = Array.from({ length: 40 }, (_, at) =>
    JSON.stringify({ prompt: `word ${at}`, completion: `so ${at}` }),
  );
  writeFileSync(path.join(folder, "rows.jsonl"), prompts.join("\n"));
  const small = "maxTokens=16&batchSize=4&validationRows=8&steps=1";
  const ran = [
    headless([`v=1&model=pd-gpt&method=lora&${small}`, "--data", "rows.jsonl", "--cpu", "--out", "a"], folder),
    headless(
      [
        `v=1&task=kjv&shots=16&method=lora&${small}`,
        "--model",
        path.join(root, "public/models/pd-gpt"),
        "--cpu",
        "--out",
        "b",
      ],
      folder,
    ),
  ];
  for (const call of ran) expect(await call.ended, call.said()).toBe(0);
  const conflict = headless([`v=1&model=pd-gpt&${small}`, "--out", "c"], folder);
  expect(await conflict.ended).toBe(2);
  expect(conflict.said()).toContain("Task (task=verse-sts, as usual): pd-gpt is bundled for writing");
  expect(conflict.said()).toContain("give --data or --model");
  const long = headless(
    ["v=1&maxTokens=128&steps=1", "--model", path.join(root, "public/models/pd-bert"), "--cpu", "--out", "d"],
    folder,
  );
  expect(await long.ended).toBe(2);
  expect(long.said()).toMatch(/Longest text \(maxTokens=128\): .* reads texts of up to 64 tokens, not 128/);
});
