import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../checkpoint/config.ts";
import { sha256 } from "../../checkpoint/fingerprint.ts";
import type { Adapter } from "../../methods/adapters/adapter.ts";
import { diagnosticFields } from "../../methods/diagnostics/index.ts";
import { type MethodName, methods } from "../../methods/index.ts";
import type { Method } from "../../methods/method.ts";
import { optimizers } from "../../methods/optimizers/index.ts";
import type { Optimizer } from "../../methods/optimizers/optimizer.ts";
import { rankSchedules } from "../../methods/ranks/index.ts";
import { transformerOf } from "../../model/loadModel.ts";
import { selectLayers } from "../../model/targets.ts";
import { sharedStream, streams } from "../../run/streams.ts";
import { defaultConfig, type RunConfig } from "../../settings/config.ts";
import { predictsTokens, tasks, taskTraitsOf } from "../../tasks/task.ts";
import { filesIn, fixtures } from "../../testing/models.ts";
import { withOwnData } from "../../testing/runs.ts";
import { pythonFiles, writePythonScript } from "./index.ts";
import randomNumbers from "./random_numbers.py?raw";
import updates from "./updates.py?raw";

/** A script as it is written of a run on a nano model, with its settings read as Python would. */
async function scriptOf(change: Partial<RunConfig>) {
  const config = { ...defaultConfig, ...change };
  const isWriter = predictsTokens(taskTraitsOf(config));
  const files = filesIn(path.join(fixtures, isWriter ? "nano-gpt2" : "nano-bert"));
  const modelConfig = parseConfig(new TextDecoder().decode(await files.read("config.json")));
  const transformer = transformerOf(modelConfig, new Set(["pooler.dense.weight"]));
  const layers = selectLayers(transformer, config.targets, isWriter ? "logits" : "sentence");
  const script = writePythonScript(config, {
    family: transformer.family,
    packsPairs: transformer.pooled !== undefined,
    layers: layers.map(({ weight }) => ({ tensor: weight })),
  });
  const [, literal] = /^SETTINGS = json\.loads\(r'''\n(.*?)'''\)$/ms.exec(script)!;
  return { script, settings: JSON.parse(literal!), layers };
}

/** Full fine-tuning and training of the head alone are the program's own. */
const isStated = (name: MethodName) => {
  const entry: Method & Partial<Adapter> = methods[name];
  return entry.trains !== "updates" || entry.python !== undefined;
};
const methodNames = Object.keys(methods) as MethodName[];

test.each(methodNames.filter((name) => !isStated(name)))("%s has no statement and is refused", async (method) => {
  const error = await scriptOf({ method }).catch((refused) => refused);
  expect(error).toMatchObject({
    name: "ConfigError",
    message: expect.stringContaining(`does not know Method "${method}"`),
  });
});

test.each(Object.entries<Optimizer>(optimizers).filter(([, { python }]) => python === undefined))(
  "%s has no statement and is refused",
  async (name) => {
    const optimizer = name as RunConfig["optimizer"];
    await expect(scriptOf({ optimizer })).rejects.toThrow(`does not know Optimizer "${name}" (optimizer)`);
  },
);

test("LoRA that starts elsewhere is refused by name", () =>
  expect(scriptOf({ method: "lora", loraStart: "pissa" })).rejects.toThrow("loraStart"));

test.each(Object.keys(rankSchedules) as (keyof typeof rankSchedules)[])(
  "%s is refused by name",
  async (rankSchedule) => {
    const refused = scriptOf({ method: "lora", rankSchedule });
    await expect(refused).rejects.toThrow(`does not know Rank schedule "${rankSchedule}" (rankSchedule)`);
  },
);

const taskNames = ["verse-sts", "authors", "kjv", "king-james"] as const;

describe.each(taskNames)("a script of %s", (task) => {
  test.each(methodNames.filter(isStated))("by %s carries its settings", async (method) => {
    const { script, settings } = await scriptOf({ task, method, seed: 4294967295, learningRate: 1e-7 });
    const {
      spectrumEvery: _,
      kernels: __,
      gradientCheckpointing: ___,
      activationFormat: ____,
      pairing,
      ...all
    } = defaultConfig;
    const rest = Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(diagnosticFields, name)));
    const expected = { ...rest, pairing: "two-towers", task, method, seed: 4294967295, learningRate: 1e-7 };
    expect(settings.run).toEqual(expected);
    expect(settings.task.kind).toBe(tasks[task].kind);
    expect(script).toMatch(/\n {4}main\(\)\n$/);
  });

  test("names columns that its data has", async () => {
    const { settings } = await scriptOf({ task });
    const file = path.join(fixtures, "../../../../public/tasks", task, tasks[task].files.train);
    if (file.endsWith(".txt")) return expect(settings.task.columns).toEqual({ text: "text" });
    const [header] = readFileSync(file, "utf8").split("\n");
    expect(Object.values(settings.task.columns)).toEqual(header!.split("\t"));
  });

  test("says nothing of the machine that it was written on", async () => {
    const { script } = await scriptOf({ task });
    expect(script).not.toMatch(/https?:|localhost|\/(?:home|root|tmp|usr|work|Users)\/|[A-Z]:\\|\d+\.\d+\.\d+\.\d+/);
  });
});

test.each([
  [{ method: "mystery" }, 'does not know Method "mystery" (method)'],
  [{ schedule: "staircase" }, 'does not know Schedule "staircase" (schedule)'],
  [{ bases: "pca" }, 'does not know Bases "pca" (bases)'],
  [{ optimizer: "lion" }, 'does not know Optimizer "lion" (optimizer)'],
  [{ activationFormat: "float16" }, 'does not know Activations "float16" (activationFormat)'],
  [{ hue: "red" }, 'does not know hue "red" (hue)'],
])("what the program does not know is refused by name: %j", async (change, message) => {
  await expect(scriptOf(change as unknown as Partial<RunConfig>)).rejects.toThrow(message);
});

test("layers are named as modules, and those of a set are meant in every block", async () => {
  const { settings, layers } = await scriptOf({ targets: "query-value" });
  expect(settings.everyBlock).toBe(true);
  expect(settings.layers).toHaveLength(layers.length);
  expect(settings.layers.slice(0, 2)).toEqual([
    "encoder.layer.0.attention.self.query",
    "encoder.layer.0.attention.self.value",
  ]);
  const chosen = await scriptOf({ targets: "0.query" });
  expect(chosen.settings.everyBlock).toBe(false);
  expect(chosen.settings.layers).toEqual(["encoder.layer.0.attention.self.query"]);
});

test("a model from the hub is what the script loads unless told otherwise", async () => {
  const { settings } = await scriptOf({ model: "hf:owner/some.name@a1b2c3" });
  expect(settings.hub).toEqual({ id: "owner/some.name", revision: "a1b2c3" });
  expect((await scriptOf({})).settings.hub).toBeNull();
});

test("quotes, dollars and backslashes stay inside the settings", async () => {
  const model = "it's '''\n$& \\u0027 \\";
  expect((await scriptOf({ model })).settings.run.model).toBe(model);
});

describe("custom data", () => {
  const rows = "first\tsecond\tverdict\n".concat(
    ...["a\tb\tyes\n", "c\td\tno\n", "broken\n", 'e\tf "g\tyes\n', "h\ti\tno\n"],
  );
  const settings = { task: "custom", dataFormat: "tsv", dataSecond: 2, dataLabel: 3, dataBad: "skip" } as const;
  const facts = { family: "bert", packsPairs: true, layers: [] } as const;

  test("goes along as the run has split it, and the program knows it by its hash", async () => {
    const { sources, data } = await withOwnData("pairs.tsv", rows);
    const { "experiment.py": program, ...files } = await pythonFiles(
      { ...defaultConfig, ...settings, data },
      facts,
      sources,
    );
    expect(Object.keys(files)).toEqual(["train.jsonl", "validation.jsonl"]);
    const lines = Object.values(files).flatMap((text) =>
      (text as string)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
    expect(lines.length).toBe(4);
    expect(lines).toContainEqual({ sentence1: "e", sentence2: 'f "g', label: "yes" });
    const [, literal] = /^SETTINGS = json\.loads\(r'''\n(.*?)'''\)$/ms.exec(program as string)!;
    const { task, data: named } = JSON.parse(literal!);
    expect(task).toEqual({
      kind: "classification",
      columns: { text: "sentence1", second: "sentence2", label: "label" },
      classes: ["no", "yes"],
    });
    const hash = (name: string) => sha256(new TextEncoder().encode(files[name] as string));
    expect(named).toEqual([
      { name: "train.jsonl", sha256: await hash("train.jsonl") },
      { name: "validation.jsonl", sha256: await hash("validation.jsonl") },
    ]);
  });

  test("of a bundled task nothing goes along", async () => {
    const { sources } = await withOwnData("x.csv", rows);
    expect(Object.keys(await pythonFiles(defaultConfig, facts, sources))).toEqual(["experiment.py"]);
  });
});

test("pairs are packed only where the model can", () => {
  const settings = { ...defaultConfig, pairing: "packed" } as const;
  const facts = { family: "bert", layers: [] } as const;
  expect(writePythonScript(settings, { ...facts, packsPairs: true })).toContain('"pairing": "packed"');
  expect(writePythonScript(settings, { ...facts, packsPairs: false })).toContain('"pairing": "two-towers"');
});

test.each(["learningRate", "evaluateEvery"] as const)("%s may be any", (name) => {
  const facts = { family: "bert", packsPairs: true, layers: [] } as const;
  const script = writePythonScript({ ...defaultConfig, [name]: 2 }, facts);
  expect(script).toContain(`"${name}": 2`);
});

test("a model that transformers does not have is refused", () => {
  const facts = { family: "use-lite", packsPairs: false, layers: [] } as const;
  expect(() => writePythonScript({ ...defaultConfig, model: "use-lite" }, facts)).toThrow(/no counterpart/);
});

test("random streams have the engine's numbers", () => {
  const [, written] = /^STREAMS = (\{.*\})$/m.exec(randomNumbers)!;
  const { head, calibration, factors, projection } = streams;
  expect(JSON.parse(written!.replaceAll("_", ""))).toMatchObject({ head, calibration, factors, projection });
  const [, factor] = /RandomStream\(n \* ([\d_]+) \+ m\)/.exec(updates)!;
  expect(sharedStream({ inFeatures: 3, outFeatures: 2 })).toBe(3 * Number(factor!.replaceAll("_", "")) + 2);
});
