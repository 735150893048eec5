import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { type HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { selectLayers } from "../model/targets.ts";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { loadFixture } from "../testing/models.ts";
import { testNumbers } from "../testing/random.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { updateOf } from "../testing/updates.ts";
import { openAdapter } from "./openAdapter.ts";
import { peftFiles } from "./peft.ts";
import { layerUpdates, pairsAmong, type UpdatePair } from "./updates.ts";

const { transformer, tensors: checkpoint } = await loadFixture("nano-bert");
const pairs: UpdatePair[] = selectLayers(transformer, "query-value").map((layer, index) => ({
  layer,
  rank: 4,
  A: testNumbers(4 * layer.inFeatures, index).map((x) => 0.1 * x),
  B: testNumbers(layer.outFeatures * 4, index + 50).map((x) => 0.1 * x),
}));
const python = { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" } as const;
const files = peftFiles(pairs, { python, base: "nano-bert" });
const config = JSON.parse(files["adapter_config.json"]);

/** An adapter's zip, with changes to its config or other tensors. */
function zipOf(change: object = {}, tensors = files["adapter_model.safetensors"]) {
  const zip = zipSync({
    "lora/adapter_config.json": strToU8(JSON.stringify({ ...config, ...change })),
    "lora/adapter_model.safetensors": new Uint8Array(tensors),
  });
  return zip.slice().buffer as ArrayBuffer;
}

/** The tensors under other names; those that get none are left out. */
function renamed(rename: (name: string) => string | undefined): ArrayBuffer {
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  return writeSafetensors(
    new Map(file.names.flatMap((name) => (rename(name) ? [[rename(name)!, file.read(name)] as const] : []))),
  );
}

/** The tensors with one value that is no finite number. */
function withInfinity(): ArrayBuffer {
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  const tensors = new Map(file.names.map((name) => [name, file.read(name)]));
  tensors.get("base_model.model.encoder.layer.0.attention.self.query.lora_B.weight")!.values[7] =
    Number.POSITIVE_INFINITY;
  return writeSafetensors(tensors);
}

const open = (zip: ArrayBuffer, settings: Partial<RunConfig> = {}) =>
  openAdapter([{ name: "lora.zip", read: async () => zip }], { ...nanoConfig, ...settings }, nanoSources);

/** Tensors of the adapter with others besides, or in their place. */
function withTensors(others: Readonly<Record<string, HostTensor>>): ArrayBuffer {
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  const tensors = new Map<string, HostTensor>(file.names.map((name) => [name, file.read(name)]));
  for (const [name, tensor] of Object.entries(others)) tensors.set(name, tensor);
  return writeSafetensors(tensors);
}

const filled = (shape: readonly number[], value = 0.5): HostTensor => ({
  shape,
  values: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value),
});
/** Of the second block's value, the only one of another rank. */
const last = "base_model.model.encoder.layer.1.attention.self.value";
const smaller = { [`${last}.lora_A.weight`]: filled([2, 16]), [`${last}.lora_B.weight`]: filled([16, 2]) };

test("an adapter that PEFT saved is where a run of LoRA starts, and where a reset goes back to", async () => {
  const opened = await open(zipOf({ lora_alpha: 8 }));
  expect(opened.config).toMatchObject({ method: "lora", rank: 4, alpha: 8, targets: "query-value" });
  const device = await testGpu();
  const session = await nanoSession(device, { ...opened.config, steps: 6 });
  await session.restore(opened.from);
  const found = pairsAmong(await layerUpdates(device, session.network))!;
  // Twice the pairs, because α is twice the rank; in float32.
  found.forEach((pair, index) => {
    const expected = updateOf(pairs[index]!);
    for (const [at, x] of updateOf(pair).entries()) expect(x).toBeCloseTo(2 * expected[at]!, 6);
  });
  const { losses } = await takeSteps(session, 6);
  await session.reset();
  expect((await takeSteps(session, 6)).losses).toEqual(losses);
  session.destroy();
});

test("scaling by the root of the rank becomes a plain α", async () => {
  expect((await open(zipOf({ use_rslora: true, lora_alpha: 6 }))).config.alpha).toBe(12);
});

test("a layer of a smaller rank keeps it while it trains", async () => {
  const change = { rank_pattern: { "1.attention.self.value": 2 }, alpha_pattern: { "1.attention.self.value": 3 } };
  const { config: opened, from, warnings } = await open(zipOf(change, withTensors(smaller)));
  expect(opened).toMatchObject({ rank: 4, alpha: 4 });
  expect(warnings.join("\n")).toContain("Layers have ranks 2 and 4");
  expect(warnings.join("\n")).toContain("1.value");
  const device = await testGpu();
  const session = await nanoSession(device, { ...opened, steps: 6, weightDecay: 0.1 });
  await session.restore(from);
  await takeSteps(session, 6);
  const values = await session.network.named.read();
  const A = values.get("1.value/A")!.values;
  const B = values.get("1.value/B")!.values;
  expect([...A.subarray(32)].every((x) => x === 0)).toBe(true);
  expect(Array.from(B).every((x, at) => (at % 4 < 2 ? x !== 0 : x === 0))).toBe(true);
  expect([...A.subarray(0, 32)].some((x) => x !== 0.5)).toBe(true);
  session.destroy();
});

test("an α that no run has goes into B by powers of two", async () => {
  const { config: opened, from, warnings } = await open(zipOf({ lora_alpha: 2000 }));
  expect(opened.alpha).toBe(1000);
  const B = from.parts.value!.get("0.query/B")!.values;
  expect(B).toEqual(Float64Array.from(pairs[0]!.B, (x) => 2 * Math.fround(x)));
  expect(warnings).toEqual([expect.stringContaining("α 2000 is outside of what a run has, 0.01 to 1024")]);
  expect((await open(zipOf({ lora_alpha: 0.004 }))).config.alpha).toBe(0.016);
});

test("a wrong rank in the config is reported, and the matrices' own is taken", async () => {
  const opened = await open(zipOf({ r: 8, lora_alpha: 8 }));
  expect(opened.config).toMatchObject({ rank: 4, alpha: 8 });
  expect(opened.warnings).toEqual([expect.stringContaining("r says 8, matrices have 4")]);
});

test.each([
  ["target_modules that are a pattern", { target_modules: ".*(query|value)" }, []],
  ["all-linear", { target_modules: "all-linear" }, []],
  ["a pattern that is not read", { target_modules: "(?!x).*" }, []],
  ["target_modules of too few", { target_modules: ["query"] }, ["does not name encoder.layer.0.attention.self.value"]],
  ["target_modules of too many", { target_modules: ["query", "value", "w1"] }, ["target_modules names w1"]],
  ["blocks that agree", { layers_to_transform: [0, 1], layers_pattern: "layer" }, []],
  ["other blocks", { layers_to_transform: [0, 5] }, ["does not have the blocks of", "has the blocks 5"]],
  ["layers that are left out", { target_modules: ["query", "value", "0.key"], exclude_modules: ["0.key"] }, []],
  ["layers that should be left out", { exclude_modules: ["query"] }, ["exclude_modules names"]],
  ["a rank that is of nothing", { rank_pattern: { "(a+)+b": 2 } }, ["rank_pattern is about (a+)+b"]],
  ["dropout", { lora_dropout: 0.1 }, ["lora_dropout 0.1"]],
  ["biases that are not there", { bias: "all" }, ["bias is all"]],
  ["a head that is not there", { modules_to_save: ["classifier"] }, ["modules_to_save has classifier"]],
])("%s: the matrices count, and the config is reported", async (_, change, told) => {
  const { config: opened, warnings } = await open(zipOf(change));
  expect(opened.targets).toBe("query-value");
  expect(warnings).toEqual(told.map((part) => expect.stringContaining(part)));
});

const packed = { task: "verse-sts", pairing: "packed" } as const;
const classifier = "base_model.model.classifier";

test("an output layer is the run's head where that is the same function, and is left out where not", async () => {
  const tensors = withTensors({ [`${classifier}.weight`]: filled([1, 16]), [`${classifier}.bias`]: filled([1], 0.25) });
  const zip = zipOf({ task_type: "SEQ_CLS", modules_to_save: ["classifier", "score"] }, tensors);
  const { config: taken, from, warnings } = await open(zip, packed);
  expect([...from.parts.value!.get("head.weight")!.values]).toEqual(Array(16).fill(0.5));
  expect([...from.parts.value!.get("head.bias")!.values]).toEqual([0.25]);
  expect(warnings).toEqual([expect.stringContaining("Taken as the run's head: classifier.weight, classifier.bias")]);
  const device = await testGpu();
  const session = await nanoSession(device, taken);
  await session.restore(from);
  expect((await session.network.named.read()).get("head.bias")!.values[0]).toBe(0.25);
  session.destroy();

  for (const [settings, reason] of [
    [{ task: "authors" }, "reads another vector"],
    [{ task: "verse-sts", pairing: "two-towers" }, "reads another vector"],
  ] as const) {
    const left = await open(zip, settings);
    expect(left.from.parts.value!.has("head.weight")).toBe(false);
    expect(left.warnings).toEqual([expect.stringContaining(reason)]);
  }
  const wide = zipOf({}, withTensors({ [`${classifier}.weight`]: filled([3, 16]) }));
  expect((await open(wide, packed)).warnings).toEqual([
    expect.stringContaining("it is [3, 16], the task's is [1, 16]"),
  ]);
});

test("an output layer under the names that PEFT has while it trains, beside its original", async () => {
  const tensors = withTensors({
    [`${classifier}.modules_to_save.default.weight`]: filled([1, 16]),
    [`${classifier}.original_module.weight`]: filled([1, 16], 7),
  });
  const { from, warnings } = await open(zipOf({}, tensors), packed);
  expect(from.parts.value!.get("head.weight")!.values[0]).toBe(0.5);
  expect(warnings).toEqual([
    expect.stringContaining("classifier.original_module.weight"),
    expect.stringContaining("Taken as the run's head: classifier.weight"),
  ]);
});

test("what is saved of the base is nothing new where it is the same, and cannot be had where not", async () => {
  const words = "embeddings.word_embeddings.weight";
  const own = checkpoint.get(words)!;
  const same = await open(zipOf({}, withTensors({ [`base_model.model.bert.${words}`]: own })));
  expect(same.warnings).toEqual([expect.stringContaining("the model has the same anyway")]);
  const changed = { ...own, values: own.values.map((x, at) => (at === 5 ? x + 1 : x)) };
  const query = "encoder.layer.0.attention.self.query.bias";
  for (const tensors of [{ [words]: changed }, { [`base_model.model.${query}`]: filled([16]) }]) {
    await expect(open(zipOf({}, withTensors(tensors)))).rejects.toMatchObject({
      code: "adapter-unsupported",
      message: expect.stringContaining("replaces weights of the base"),
      hint: expect.stringContaining("merge_and_unload"),
    });
  }
});

test("layers that the task does not go through are left out", async () => {
  const pooler = "base_model.model.pooler.dense";
  const tensors = withTensors({
    [`${pooler}.lora_A.weight`]: filled([4, 16]),
    [`${pooler}.lora_B.weight`]: filled([16, 4]),
  });
  const zip = zipOf({ target_modules: ["query", "value", "pooler.dense"] }, tensors);
  const left = await open(zip, { task: "authors" });
  expect(left.config.targets).toBe("query-value");
  expect(left.warnings).toEqual([expect.stringContaining("the updates of pooler; the task does not go through")]);
  expect((await open(zip, packed)).from.parts.value!.has("pooler/A")).toBe(true);
});

const dora = { "base_model.model.encoder.layer.0.attention.self.query.lora_magnitude_vector": filled([16]) };
const bias = { "base_model.model.encoder.layer.0.attention.self.query.lora_B.bias": filled([16]) };
const second = { "base_model.model.encoder.layer.0.attention.self.query.lora_A.other.weight": filled([4, 16]) };

test.each([
  ["DoRA without magnitudes", zipOf({ use_dora: true }), "tensor-missing", "only a part of"],
  ["another kind by its config", zipOf({ peft_type: "HIRA" }), "adapter-unsupported", ""],
  ["an unknown kind", zipOf({ peft_type: "NO_SUCH" }), "adapter-unsupported", 'peft_type "NO_SUCH"'],
  ["DoRA by its tensors", zipOf({}, withTensors(dora)), "adapter-unsupported", "DoRA"],
  ["PiSSA", zipOf({ init_lora_weights: "pissa_niter_4" }), "adapter-unsupported", "PiSSA"],
  ["biases of updates", zipOf({ lora_bias: true }, withTensors(bias)), "adapter-unsupported", "lora_bias"],
  ["two adapters in one file", zipOf({}, withTensors(second)), "adapter-unsupported", "2 adapters"],
  [
    "several ranks and one in the config",
    zipOf({}, withTensors(smaller)),
    "tensor-shape",
    "r says 4, matrices have 2 and 4",
  ],
  [
    "halves of two ranks",
    zipOf({}, withTensors({ [`${last}.lora_A.weight`]: filled([2, 16]) })),
    "tensor-shape",
    "lora_A of rank 2 and lora_B of rank 4, r says 4",
  ],
  [
    "a matrix of another width",
    zipOf({}, withTensors({ [`${last}.lora_A.weight`]: filled([4, 15]) })),
    "tensor-shape",
    "needs [r, 16]",
  ],
  ["an α that is not read", zipOf({ alpha_pattern: { "(?=x)": 2 } }), "adapter-unsupported", "alpha_pattern"],
  ["an α beyond float32", zipOf({ lora_alpha: 1e300 }), "adapter-bad-alpha", "beyond float32"],
  ["an α beyond float64", zipOf({ lora_alpha: 1e308, use_rslora: true }), "adapter-bad-alpha", "lora_alpha"],
  ["a matrix with an infinity", zipOf({}, withInfinity()), "tensor-not-finite", "lora_B"],
  [
    "half of a pair",
    zipOf(
      {},
      renamed((name) => (name.includes("0.attention.self.query.lora_B") ? undefined : name)),
    ),
    "tensor-missing",
    "only a part of",
  ],
  [
    "a layer that the model does not have",
    zipOf(
      {},
      renamed((name) => name.replace("layer.0.", "layer.7.")),
    ),
    "adapter-bad-targets",
    "layer.7.",
  ],
  [
    "two modules that are one layer of the model",
    zipOf(
      {},
      withTensors({
        "base_model.model.other.encoder.layer.0.attention.self.query.lora_A.weight": filled([4, 16]),
        "base_model.model.other.encoder.layer.0.attention.self.query.lora_B.weight": filled([16, 4]),
      }),
    ),
    "adapter-bad-targets",
    "are both layer 0.query",
  ],
  [
    "tensors of another method",
    zipOf(
      {},
      renamed((name) => name.replace("lora_A", "vera_lambda_b")),
    ),
    "adapter-unsupported",
    "VeRA",
  ],
  [
    "tensors that nobody knows",
    zipOf(
      {},
      renamed((name) => name.replace("lora_A", "no_such")),
    ),
    "tensor-missing",
    "only a part",
  ],
])("%s is refused by name", async (_, zip, code, part) => {
  await expect(open(zip)).rejects.toMatchObject({ code, message: expect.stringContaining(part) });
});
