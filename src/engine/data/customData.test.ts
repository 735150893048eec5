import { describe, expect, test } from "vitest";
import { sha256 } from "../checkpoint/fingerprint.ts";
import { RefusedFileError } from "../checkpoint/refusal.ts";
import { TrainingSession } from "../run/session.ts";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { NANO_T5, nanoConfig, takeSteps, withOwnData } from "../testing/runs.ts";
import { readTask, taskHashes } from "./readTask.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const words = ["sea", "ship", "whale", "king", "law", "bread", "love", "letter"];
const text = (at: number) => `the ${words[at % 8]} and the ${words[(at * 3 + 1) % 8]} of row ${at}`;
const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

const classes = `text,label\n${lines(40, (at) => `${text(at)},${at % 8 < 4 ? "low" : "high"}`)}\n`;
const pairs = `first\tsecond\tsame\n${lines(40, (at) => `${text(at)}\t${text(at + (at % 2))}\t${at % 2 === 0 ? "yes" : "no"}`)}\n`;
const scores = `text,score\n${lines(40, (at) => `${text(at)},${(at % 8) / 2}`)}\n`;
const answers = lines(30, (at) => JSON.stringify({ prompt: text(at), completion: words[(at + 1) % 8] }));
const running = lines(60, (at) => `${text(at)} and ${text(at + 1)}`);

const pairColumns = { dataFormat: "tsv", dataText: 1, dataSecond: 2, dataLabel: 3 } as const;

/** Every kind of task on custom rows, as the nano models read it. */
const runs: Readonly<Record<string, { name: string; content: string } & Partial<RunConfig>>> = {
  "classification of texts": { name: "a.csv", content: classes },
  "classification of pairs, as two towers": { name: "a.tsv", content: pairs, ...pairColumns },
  "classification of pairs, packed": {
    name: "a.tsv",
    content: pairs,
    ...pairColumns,
    pairing: "packed",
    targets: "all-dense",
  },
  "regression of texts": { name: "a.csv", content: scores, dataKind: "regression" },
  completions: {
    name: "a.jsonl",
    content: answers,
    dataFormat: "jsonl",
    dataKind: "completion",
    dataSecond: 2,
    model: "pd-gpt",
  },
  "completions by an encoder–decoder": {
    name: "a.jsonl",
    content: answers,
    dataFormat: "jsonl",
    dataKind: "completion",
    dataSecond: 2,
    model: NANO_T5,
  },
  "language modelling": {
    name: "a.txt",
    content: running,
    dataFormat: "lines",
    dataKind: "language-modelling",
    model: "pd-gpt",
  },
};

const prepared = async ({ name, content, ...change }: (typeof runs)[string]) => {
  const { sources, data } = await withOwnData(name, content);
  const config: RunConfig = { ...nanoConfig, task: "custom", data, ...change };
  return {
    config,
    sources,
    session: () => testGpu().then((gpu) => TrainingSession.prepare(gpu, config, sources, () => {})),
  };
};

test.each(Object.entries(runs))("%s on custom rows trains, is measured, and repeats itself", async (_, run) => {
  const { session } = await prepared(run);
  const built = await session();
  const { losses } = await takeSteps(built, 24);
  expect(mean(losses.slice(-8))).toBeLessThan(mean(losses.slice(0, 8)));
  const { values, examples } = await built.evaluate();
  expect(Object.values(values).every(Number.isFinite)).toBe(true);
  if (run.name === "a.tsv" || run.content === classes) {
    expect(examples![0]!.expected).toMatch(/^(low|high|yes|no)$/);
    expect(examples![0]!.predicted).toMatch(/^(low|high|yes|no) \(\d+ %\)$/);
  }
  await built.reset();
  expect((await takeSteps(built, 3)).losses).toEqual(losses.slice(0, 3));
  built.destroy();
});

describe("what settings ask for is what is taken, or nothing", () => {
  const refusalOf = async (run: (typeof runs)[string]): Promise<RefusedFileError> => {
    const error = await (await prepared(run)).session().then(
      (session) => session.destroy(),
      (cause) => cause,
    );
    expect(error).toBeInstanceOf(RefusedFileError);
    return error as RefusedFileError;
  };

  test("fewer rows than examples are no run", async () => {
    const error = await refusalOf({ name: "a.csv", content: classes, shots: "64" });
    expect(error).toMatchObject({ code: "data-too-few", hint: "Choose fewer examples (shots), or all." });
    expect(error.message).toMatch(/^a\.csv \(SHA-256 [0-9a-f]{8}…\) has 36 rows to train on, and 64 are asked for$/);
    const { session, config } = await prepared({ name: "a.csv", content: classes, shots: "all" });
    const built = await session();
    expect(built.summary).toMatchObject({ trainingExamples: 36, validationExamples: 4 });
    expect(config.shots).toBe("all");
    built.destroy();
  });

  test("a text too short to predict a token is no run", async () => {
    const run = {
      name: "a.txt",
      content: "a\nb",
      dataFormat: "lines",
      dataKind: "language-modelling",
      model: "pd-gpt",
    } as const;
    expect(await refusalOf({ ...run, shots: "all" })).toMatchObject({ code: "data-too-few" });
  });

  test("a bad row is no run unless it may be skipped", async () => {
    const content = `${classes},low\n`;
    expect(await refusalOf({ name: "a.csv", content })).toMatchObject({
      code: "data-bad-rows",
      message: "a.csv, line 42: the text under text is empty",
    });
    const { config, sources } = await prepared({ name: "a.csv", content, dataBad: "skip" });
    const { train, dev } = await readTask(config, sources);
    expect(train.length + dev.length).toBe(40);
  });

  test("another file of the name is not taken for it, and no file at all is said to be missing", async () => {
    const { config } = await prepared({ name: "a.csv", content: classes });
    const { sources: others } = await withOwnData("a.csv", scores);
    await expect(readTask(config, others)).rejects.toMatchObject({
      code: "data-mismatch",
      message: expect.stringMatching(/^a\.csv is another file than the experiment's a\.csv \(SHA-256 /),
    });
    await expect(readTask({ ...config, data: "none" }, others)).rejects.toMatchObject({ code: "file-missing" });
  });

  test("a receipt has the file's own hash", async () => {
    const { config, sources } = await prepared({ name: "a.csv", content: classes });
    const hash = await sha256(new TextEncoder().encode(classes));
    expect(await taskHashes(config, sources)).toEqual({ "a.csv": hash });
    expect(config.data).toBe(`a.csv~${hash.slice(0, 16)}`);
  });
});
