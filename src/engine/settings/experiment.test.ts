import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../checkpoint/fingerprint.ts";
import { anyConfig, anyNotes } from "../testing/settings.ts";
import { version } from "../version.ts";
import { defaultConfig, type RunConfig } from "./config.ts";
import { type ExperimentError, readExperiment, writeExperiment } from "./experiment.ts";
import { noNotes } from "./reader.ts";
import { EXPERIMENT_VERSION } from "./versions.ts";

const refusal = (text: string): Promise<ExperimentError> =>
  readExperiment(text, "mine.json").then(
    () => expect.fail("it was accepted"),
    (error) => error,
  );

/** A file whose checksum fits whatever its text was made into. */
async function resealed(change: (content: string) => string, config: RunConfig = defaultConfig): Promise<string> {
  const written = await writeExperiment(config);
  const content = change(written.replace(/,\n {2}"sha256".*\n/, "\n"));
  const hash = await sha256(new TextEncoder().encode(content));
  return content.replace(/\n\}\n$/, `,\n  "sha256": "${hash}"\n}\n`);
}

describe("an experiment file", () => {
  test("holds every setting, what wrote it, and a checksum that any other program can work out", async () => {
    const text = await writeExperiment(defaultConfig, { notes: { title: "First", note: "A\nB" } });
    const { v, app, title, note, sha256: hash, ...settings } = JSON.parse(text);
    expect({ v, app, title, note }).toEqual({
      v: EXPERIMENT_VERSION,
      app: `rankscope ${version}`,
      title: "First",
      note: "A\nB",
    });
    expect(settings).toEqual(defaultConfig);
    const rest = text.replace(/,\n {2}"sha256".*\n/, "\n");
    expect(JSON.parse(rest)).not.toHaveProperty("sha256");
    expect(await sha256(new TextEncoder().encode(rest))).toBe(hash);
  });

  test("comes back as it was, whatever the settings and notes", () =>
    fc.assert(
      fc.asyncProperty(anyConfig, anyNotes, async (config, notes) => {
        const result = { steps: config.steps, loss: config.learningRate / 3, metrics: { pearson: -config.dropout } };
        const read = await readExperiment(await writeExperiment(config, { notes, result }));
        expect(JSON.stringify(read)).toBe(JSON.stringify({ config, notes, result, app: `rankscope ${version}` }));
      }),
    ));

  test("numbers of a result that are not finite are left out", async () => {
    const result = { steps: 3, loss: Number.NaN, metrics: { pearson: Number.POSITIVE_INFINITY, loss: 1 } };
    const read = await readExperiment(await writeExperiment(defaultConfig, { result }));
    expect(read.result).toEqual({ steps: 3, loss: undefined, metrics: { loss: 1 } });
    expect(read.notes).toEqual(noNotes);
  });

  test("a byte order mark before it is no part of it, and NaN in its result is no number", async () => {
    const result = ',\n  "result": {"steps": 3, "loss": NaN, "metrics": {"pearson": -Infinity, "loss": 1}}\n}\n';
    const text = await resealed((content) => content.replace(/\n\}\n$/, result));
    expect(await readExperiment(`\uFEFF${text}`)).toEqual(await readExperiment(text));
    expect((await readExperiment(text)).result).toEqual({ steps: 3, loss: undefined, metrics: { loss: 1 } });
  });

  const now = `"v": ${EXPERIMENT_VERSION}`;

  test.each([
    ["another version", now, `"v": ${EXPERIMENT_VERSION + 1}`, "share-version"],
    ["no version", `  ${now},\n`, "", "share-version"],
    ["a version in quotes", now, '"v": "4"', "share-version"],
    ["a missing setting", '  "seed": 7,\n', "", "share-missing"],
    ["a missing note", '  "note": "",\n', "", "share-missing"],
    ["an unknown setting", '"seed": 7', '"seed": 7,\n  "__proto__": {"polluted": 1}', "share-unknown-key"],
    ["a number in quotes", '"rank": 8', '"rank": "8"', "share-wrong-type"],
    ["a number in a list", '"rank": 8', '"rank": [8]', "share-wrong-type"],
    ["a choice that is a number", '"method": "deep-lora-compressed"', '"method": 1', "share-wrong-type"],
    ["a title that is no text", '"title": ""', '"title": {"a": 1}', "share-wrong-type"],
    ["a number past all numbers", '"learningRate": 0.003', '"learningRate": 1e400', "share-out-of-range"],
    ["half a step", '"steps": 100', '"steps": 1.5', "share-out-of-range"],
    ["a rank of 0", '"rank": 8', '"rank": 0', "share-out-of-range"],
    ["an odd rank where it must be even", '"rank": 8', '"rank": 7', "share-out-of-range"],
    ["a long title", '"title": ""', `"title": "${"x".repeat(121)}"`, "share-out-of-range"],
    ["a choice that is none", '"schedule": "linear"', '"schedule": "toString"', "share-unknown-value"],
    ["a model by its address", '"model": "pd-bert"', '"model": "https://example.org/m"', "share-bad-source"],
    ["data by its address", '"data": "none"', '"data": "https://example.org/d"', "share-bad-source"],
    ["a setting that its version did not have", now, '"v": 1', "share-unknown-key"],
    ["passes in a version that had none", '"accumulationSteps": 1', '"passes": 1', "share-unknown-key"],
    ["a setting by its name of later", now, '"v": 5', "share-unknown-key"],
    ["a model that is a property", '"model": "pd-bert"', '"model": "constructor"', "share-bad-source"],
    ["a setting twice", '"seed": 7', '"seed": 7,\n  "seed": 8', "snapshot-corrupt"],
    ["a result without steps", '"seed": 7', '"seed": 7,\n  "result": {"metrics": {}}', "share-wrong-type"],
    ["a version that is no number", now, '"v": NaN', "share-version"],
    ["a setting that is no number", '"learningRate": 0.003', '"learningRate": NaN', "share-wrong-type"],
    ["nothing but text", /^.*$/s, '{\n  "v": none\n}\n', "snapshot-corrupt"],
  ])("with %s and a checksum that fits is refused", async (_, from, to, code) => {
    const text = await resealed((content) => {
      expect(content.search(from)).toBeGreaterThanOrEqual(0);
      return content.replace(from, to);
    });
    const error = await refusal(text);
    expect(error).toMatchObject({ name: "ExperimentError", code });
    expect(error.message).toMatch(/^mine\.json: .*[^.]$/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  const data = { task: "custom", data: "rows.tsv~0123456789abcdef", dataFormat: "tsv" } as const;
  /** What was chosen in the files of earlier versions, and what was done then where there was no choice. */
  const earlier: readonly Partial<RunConfig>[] = [
    { method: "lora", rank: 4, weightDecayOn: "all", seed: 11, schedule: "cosine" },
    {
      ...{ ...data, dataSecond: 3, dataBad: "skip", dataRules: "1" },
      ...{ method: "lora", rank: 4, weightDecayOn: "all" },
    },
    { method: "deep-lora-narrow", headLearningRate: 0.02, dropout: 0.1, weightDecayOn: "all" },
    {
      ...{ ...data, dataSecond: 3, dataRules: "1", method: "lora-paper", weightDecayOn: "all" },
      ...{ accumulationSteps: 4, gradientCheckpointing: "on" },
    },
    {
      ...{ ...data, dataContext: 4, method: "full", optimizer: "galore", scaling: "root", alignment: 3 },
      ...{ accumulationSteps: 4, gradientCheckpointing: "on" },
      kernels: "wide=tiled,narrow=split,long=split,small=tiled",
    },
    { method: "lora", optimizer: "muon", learningRate: 0.02, spectrumEvery: 5 },
    { method: "dora", rank: 4, activationFormat: "float16" },
  ];

  test.each(earlier.map((chosen, at) => [at + 1, chosen] as const))(
    "that version %i wrote is read in the names and words of now, with what was done then",
    async (number, chosen) => {
      const text = readFileSync(path.join(import.meta.dirname, `goldens/version${number}.json`), "utf8");
      expect(JSON.parse(text).v).toBe(number);
      expect(await readExperiment(text)).toEqual({
        config: { ...defaultConfig, weightDecay: 0.1, ...chosen },
        notes: { title: `Of version ${number}`, note: "", ...(number >= 7 && { madeOn: "processor-2" }) },
        result: { steps: 100, loss: 0.25, metrics: { pearson: 0.5 } },
        app: "rankscope 0.1.0",
      });
    },
  );

  test("all problems are reported, not the first alone", async () => {
    const text = await resealed((content) =>
      content.replace('"rank": 8', '"rank": 0').replace('"depth": 3', '"depth": 9'),
    );
    expect((await refusal(text)).problems.map(({ code }) => code)).toEqual([
      "share-out-of-range",
      "share-out-of-range",
    ]);
  });

  test("a file beyond all sense is refused unread", async () => {
    expect(await refusal(" ".repeat(100_001))).toMatchObject({ code: "share-too-large" });
  });

  test("any one changed, lost or added character is noticed", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 32, max: 126 }), fc.nat(2), async (place, ascii, way) => {
        const text = await writeExperiment(defaultConfig, { notes: { title: "A title", note: "" } });
        const at = place % text.length;
        const character = String.fromCharCode(ascii);
        fc.pre(way === 2 || text[at] !== character);
        const [put, skip] = [
          ["", 1],
          [character, 1],
          [character, 0],
        ][way] as [string, number];
        const changed = text.slice(0, at) + put + text.slice(at + skip);
        expect(await refusal(changed)).toMatchObject({ code: "snapshot-corrupt" });
      }),
    ));
});

const corpus = path.resolve("../shared/malformed/gen.mjs");

describe.skipIf(!existsSync(corpus))("damage to our own files, from ../shared/malformed", async () => {
  interface Case {
    readonly id: string;
    readonly kind: string;
    readonly recipe: object;
  }
  const { cases, mutate } = existsSync(corpus)
    ? ((await import(/* @vite-ignore */ pathToFileURL(corpus).href)) as {
        cases: readonly Case[];
        mutate: (bytes: Uint8Array, recipe: object) => Uint8Array;
      })
    : { cases: [], mutate: () => new Uint8Array() };
  // Kinds of damage that the corpus could hold besides those that it does.
  const more = ["dupblock", "swaphalves", "noise"].map((op) => ({
    id: op,
    kind: "mutation",
    recipe: { op, at: 0.6, len: 9, seed: 1 },
  }));
  test.each([...cases.filter(({ kind }) => kind === "mutation"), ...more])("$id is noticed", async ({ recipe }) => {
    const result = { steps: 100, loss: 0.25, metrics: { pearson: 0.9, spearman: 0.8 } };
    const good = new TextEncoder().encode(await writeExperiment(defaultConfig, { result }));
    const bad = new TextDecoder().decode(mutate(good, recipe));
    expect(await refusal(bad)).toMatchObject({ code: "snapshot-corrupt" });
  });
});
