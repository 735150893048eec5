import { describe, expect, test } from "vitest";
import type { RunConfig } from "../settings/config.ts";
import { loadFixture } from "../testing/models.ts";
import { nanoConfig } from "../testing/runs.ts";
import { inspectData } from "./inspectData.ts";

const bert = await loadFixture("nano-bert");
const gpt = await loadFixture("nano-gpt2");

async function look(name: string, text: string, change: Partial<Parameters<typeof inspectData>[1]> = {}) {
  const reports: (readonly [string, number?])[] = [];
  const seen = await inspectData(
    { name, content: new TextEncoder().encode(text) },
    {
      asked: {},
      config: nanoConfig,
      model: bert,
      report: (doing, fraction) => reports.push(fraction === undefined ? [doing] : [doing, fraction]),
      ...change,
    },
  );
  return { seen, reports };
}
const rows = (count: number, row: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => row(at)).join("\n");

describe("before a run starts on it, a file", () => {
  test("tells its columns, bad rows, classes, split and tokens, and what was guessed", async () => {
    const text = `text,mood\n${rows(120, (at) => `${"word ".repeat(1 + (at % 20))}${at},${at % 12 === 0 ? "rare" : "usual"}`)}\n,rare\n`;
    const { seen, reports } = await look("my reviews.csv", text);
    expect(seen).toMatchObject({
      reference: expect.stringMatching(/^my-reviews\.csv~[0-9a-f]{16}$/),
      isWanted: false,
      columns: ["text", "mood"],
      rows: 120,
      badRows: 1,
      bad: [{ line: 122, problem: "the text under text is empty" }],
      split: { train: 108, dev: 12 },
      settings: { dataFormat: "csv", dataKind: "classification", dataText: 1, dataLabel: 2, dataBad: "refuse" },
    });
    expect(seen.preview[0]).toEqual({ line: 2, cells: ["word 0", "rare"] });
    expect(seen.classes!.map(({ name, train, dev }) => [name, train + dev])).toEqual([
      ["rare", 10],
      ["usual", 110],
    ]);
    const { counted, of, median, longest, cut } = seen.tokens!;
    expect([counted, of]).toEqual([120, 120]);
    expect(longest).toBeGreaterThan(median);
    // Half of the rows have more than ten words, and twelve tokens are the most.
    expect(cut).toBeGreaterThan(0.4);
    expect(cut).toBeLessThan(1);
    expect(reports.at(-1)).toEqual(["Counting tokens", 1]);
    expect(seen.warnings).toEqual([expect.stringContaining("% of the rows to train on are usual")]);
  });

  test("that settings are about keeps what they say, whatever it is called now", async () => {
    const text = rows(20, (at) => `${at % 3},text ${at}`);
    const first = (await look("a.csv", text)).seen;
    const config: RunConfig = {
      ...nanoConfig,
      ...first.settings,
      task: "custom",
      data: first.reference,
      dataKind: "regression",
      dataValidation: 0.5,
    };
    const { seen } = await look("renamed.txt", text, { config });
    expect(seen).toMatchObject({ reference: first.reference, isWanted: true, split: { train: 10, dev: 10 } });
    expect(seen.settings).toMatchObject({ dataFormat: "csv", dataKind: "regression", dataValidation: 0.5 });
    expect(seen.labels).toEqual({ low: 0, high: 2, mean: 0.95 });
    const other = (await look("renamed.txt", `${text}\n1,more`, { config })).seen;
    expect(other).toMatchObject({ isWanted: false, settings: { dataKind: "classification" } });
  });

  test("of which no task can be made says why, and still shows its rows", async () => {
    const { seen } = await look("a.csv", "text,label\na,x\nb,x\n");
    expect(seen.obstacle).toMatch(/^a\.csv: every label is "x", so there is nothing to tell apart\. Choose another/);
    expect(seen).toMatchObject({ rows: 2, badRows: 0, preview: [{ line: 2 }, { line: 3 }] });
    expect(seen.split).toBeUndefined();
    const wide = (await look("a.csv", "text,label\na,x\nb,y\n", { asked: { dataText: 7 } })).seen;
    expect(wide.obstacle).toContain("column 7 was chosen for the text");
  });

  test("with labels of a size that squares badly is warned of", async () => {
    const { seen } = await look("a.csv", `text,price\n${rows(20, (at) => `house ${at},${at}50000.5`)}\n`);
    expect(seen.warnings).toEqual([expect.stringContaining("Labels reach from 50000.5 to 1950000.5")]);
  });

  test("of running text tells how many tokens it has", async () => {
    const text = rows(30, (at) => `and the king said unto them number ${at}`);
    const { seen } = await look("a.txt", text, { model: gpt });
    const exact = gpt.tokenizer.encode(text).ids.length;
    // Pieces are counted apart, so that a token may lie across their border.
    expect(Math.abs(seen.tokens!.total! - exact) / exact).toBeLessThan(0.01);
  });

  test("shows bad rows in the preview, wherever they lie, each with what is wrong with it", async () => {
    const text = `text,mood\n${rows(30, (at) => `word ${at},${at % 2 ? "low" : "high"}`)}\n,low\nalone\n`;
    const { preview, bad } = (await look("a.csv", text)).seen;
    expect(bad.map(({ line }) => line)).toEqual([32, 33]);
    expect(preview.filter(({ problem }) => problem !== undefined)).toEqual([
      { line: 32, cells: ["", "low"], problem: "the text under text is empty" },
      { line: 33, cells: ["alone"], problem: "1 cell where 2 belong" },
    ]);
  });

  test("with a score that is missing is still one of scores", async () => {
    const score = (at: number) => (at === 7 ? "NaN" : (at / 7).toFixed(2));
    const { seen } = await look("a.csv", `text,score\n${rows(40, (at) => `word ${at},${score(at)}`)}\n`);
    expect(seen).toMatchObject({ settings: { dataKind: "regression", dataLabel: 2 }, rows: 39, badRows: 1 });
    expect(seen.bad).toEqual([{ line: 9, problem: 'the label "NaN" says that there is none' }]);
    expect(seen.classes).toBeUndefined();
  });

  test("of which the share that was asked for cannot be held out says why", async () => {
    const text = `text,label\n${rows(40, (at) => `${at < 20 ? "one text" : "another"},${at % 2}`)}\n`;
    const { seen } = await look("a.csv", text, { asked: { dataValidation: 0.1 } });
    expect(seen.warnings).toContainEqual(
      expect.stringMatching(/ % of the rows are held out instead of 10 %: rows that share a text stay on one side/),
    );
  });

  test("counts nothing without a model", async () => {
    expect((await look("a.csv", "text,label\na,x\nb,y\n", { model: undefined })).seen.tokens).toMatchObject({
      counted: 0,
    });
  });

  test("is left alone once nobody waits", async () => {
    const signal = AbortSignal.abort();
    await expect(look("a.csv", "text,label\na,x\nb,y\n", { signal })).rejects.toMatchObject({ name: "AbortError" });
  });
});
