import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../checkpoint/fingerprint.ts";
import type { Field } from "../field.ts";
import { optimizerFields } from "../methods/optimizers/index.ts";
import { anyConfig, anyNotes } from "../testing/settings.ts";
import { version } from "../version.ts";
import { defaultConfig, type RunConfig, runFields } from "./config.ts";
import { type ExperimentError, readExperiment, writeExperiment } from "./experiment.ts";
import { noNotes } from "./reader.ts";

const ofVersion5 = [
  "alignment",
  "dataSeparator",
  "dataContext",
  "dataDecimal",
  "dataRules",
  "weightDecayOn",
  "scaling",
  "loraPlus",
];

/** Finds settings in a file, and with them those of optimizers, which came with version 5. */
const without = (...names: readonly string[]) => {
  const { epsilon: _, ...later } = optimizerFields;
  return new RegExp(`,\\n {2}"(${[...names, "optimizer", ...Object.keys(later)].join("|")})": [^,\\n]*`, "g");
};

const afterVersion5 = Object.entries<Field>(runFields).flatMap(([name, { since = 1 }]) => (since > 5 ? [name] : []));

/** A file of now in the names and words of version 5. */
const inWordsOf5 = (content: string) =>
  content
    .replace(new RegExp(`,\\n {2}"(${afterVersion5.join("|")})": [^,\\n]*`, "g"), "")
    .replace('"accumulationSteps"', '"passes"')
    .replace('"gradientCheckpointing": "off"', '"activations": "kept"')
    .replace('"gradientCheckpointing": "on"', '"activations": "recomputed"')
    .replace('"task": "custom"', '"task": "own"')
    .replace(/"kernels": "wide=(\w+),narrow=(\w+),long=(\w+),small=(\w+)"/, '"kernels": "$1.$2.$3.$4"');

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
    expect({ v, app, title, note }).toEqual({ v: 6, app: `rankscope ${version}`, title: "First", note: "A\nB" });
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

  test.each([
    ["another version", '"v": 6', '"v": 7', "share-version"],
    ["no version", '  "v": 6,\n', "", "share-version"],
    ["a version in quotes", '"v": 6', '"v": "4"', "share-version"],
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
    ["a setting that its version did not have", '"v": 6', '"v": 1', "share-unknown-key"],
    ["passes in a version that had none", '"accumulationSteps": 1', '"passes": 1', "share-unknown-key"],
    ["a setting by its name of later", '"v": 6', '"v": 5', "share-unknown-key"],
    ["a model that is a property", '"model": "pd-bert"', '"model": "constructor"', "share-bad-source"],
    ["a setting twice", '"seed": 7', '"seed": 7,\n  "seed": 8', "snapshot-corrupt"],
    ["a result without steps", '"seed": 7', '"seed": 7,\n  "result": {"metrics": {}}', "share-wrong-type"],
    ["a version that is no number", '"v": 6', '"v": NaN', "share-version"],
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

  test("of version 1, from before custom data, is read with what there was then", async () => {
    const text = await resealed((content) =>
      inWordsOf5(content)
        .replace('"v": 6', '"v": 1')
        .replace(without("data\\w*", "kernels", "activations", "passes", ...ofVersion5), ""),
    );
    expect(text).not.toContain("data");
    expect(await readExperiment(text)).toMatchObject({ config: defaultConfig });
  });

  test("of version 3, from before memory could be saved, is read without accumulation and checkpointing", async () => {
    const text = await resealed((content) =>
      inWordsOf5(content)
        .replace('"v": 6', '"v": 3')
        .replace(without("passes", "activations", ...ofVersion5), ""),
    );
    expect(text).not.toMatch(/passes|activations/);
    expect((await readExperiment(text)).config).toEqual(defaultConfig);
  });

  test("of version 4, from before the present rules, is read with the rules of then", async () => {
    const config = { ...defaultConfig, task: "custom", data: "rows.csv~0123456789abcdef", weightDecay: 0.1 } as const;
    const text = await resealed(
      (content) =>
        inWordsOf5(content)
          .replace('"v": 6', '"v": 4')
          .replace(without(...ofVersion5), ""),
      config,
    );
    expect((await readExperiment(text)).config).toEqual({ ...config, weightDecayOn: "all", dataRules: "1" });
  });

  test("of version 5 is read in the names and words of now", async () => {
    const config: RunConfig = {
      ...defaultConfig,
      task: "custom",
      data: "rows.csv~0123456789abcdef",
      accumulationSteps: 4,
      gradientCheckpointing: "on",
      kernels: "wide=tiled,narrow=split,long=split,small=tiled",
    };
    const text = await resealed((content) => inWordsOf5(content).replace('"v": 6', '"v": 5'), config);
    expect(text).toContain('"kernels": "tiled.split.split.tiled"');
    expect((await readExperiment(text)).config).toEqual(config);
  });

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
