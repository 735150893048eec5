import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { crossEntropy } from "../ops/crossEntropy.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";
import { weightedMean } from "../ops/weightedMean.ts";
import { testGpu } from "../testing/devices.ts";
import { loadFixture, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { constantsOf, transformerOf } from "./loadModel.ts";
import { summaryOf } from "./modelSummary.ts";
import { selectLayers } from "./targets.ts";

// The fixtures' own implementation normalises and takes softmax in float32 even here, where with both in float64 it
// differs from itself by 7e-7 and 4.1e-6. In float32 ours sums at most 20 products a value, a dozen times in a row.
const devices = {
  "the CPU in float64": { open: async () => new CpuDevice(Float64Array), forward: 1e-6, backward: 6e-6 },
  "the CPU in float32": { open: async () => new CpuDevice(Float32Array), forward: 1e-5, backward: 1e-4 },
  "the GPU": { open: testGpu, forward: 1e-5, backward: 1e-4 },
};

const fixtures = { t5: await loadFixture("parity/t5"), "t5-gated": await loadFixture("parity/t5-gated") };
const read = ["ids", "mask", "decoder ids", "decoder mask", "labels", "weights"];
const sides = ["encoder", "decoder"].flatMap((side) => [0, 1, 2].map((at) => `${side} state ${at}`));
const batchOf = (tensors: ReadonlyMap<string, Tensor>) => ({
  ids: tensors.get("ids")!,
  mask: tensors.get("mask")!,
  decoder: { ids: tensors.get("decoder ids")!, mask: tensors.get("decoder mask")! },
});

describe.each(Object.entries(fixtures))("%s", (_, fixture) => {
  const { golden, transformer } = fixture;
  const one = { shape: [1], values: Float32Array.of(1) };
  const inputs = new Map([...read.map((each) => [each, golden.read(each)] as const), ["one", one]]);
  const gradients = golden.names.filter((each) => each.startsWith("d ") && !each.endsWith("state 0"));

  test.each(Object.entries(devices))("computes what an independent implementation does, on %s", async (_, device) => {
    const values = await runModel(await device.open(), fixture, {
      inputs,
      watched: gradients.map((each) => each.slice(2)),
      record(forward, tensors) {
        const { tape } = forward;
        const states = transformer.states(forward, batchOf(tensors));
        const logits = transformer.logits!(forward, states.at(-1)!);
        const vocabulary = logits.shape.at(-1)!;
        const flat = (each: string) => tape.reshape(tensors.get(each)!, [sizeOf(logits.shape) / vocabulary]);
        const rows = tape.reshape(logits, [sizeOf(logits.shape) / vocabulary, vocabulary]);
        const loss = weightedMean(tape, crossEntropy(tape, rows, flat("labels")), flat("weights"));
        return {
          outputs: { ...Object.fromEntries(states.map((state, at) => [sides[at]!, state])), logits, loss },
          seeds: new Map([[loss, tensors.get("one")!]]),
        };
      },
    });
    for (const each of [...sides, "logits", "loss"])
      expect(relativeError(values.get(each)!, golden.read(each).values), each).toBeLessThan(device.forward);
    expect(gradients.length).toBeGreaterThan(20);
    for (const each of gradients)
      expect(relativeError(values.get(each)!, golden.read(each).values), each).toBeLessThan(device.backward);
  });

  /** What comes out on the CPU, with some of the inputs changed. */
  const outputsOf = (changed: Readonly<Record<string, Float32Array>> = {}) =>
    runModel(new CpuDevice(Float64Array), fixture, {
      inputs: new Map([...inputs].map(([each, given]) => [each, { ...given, values: changed[each] ?? given.values }])),
      record(forward, tensors) {
        const batch = batchOf(tensors);
        const encoded = transformer.hidden(forward, { ids: batch.ids, mask: batch.mask });
        return {
          outputs: {
            sentence: transformer.sentence(forward, batch),
            hidden: transformer.hidden(forward, batch),
            again: transformer.hidden(forward, { ...batch, encoded }),
          },
        };
      },
    });

  test("the decoder gives the same for what the encoder has read before", async () => {
    const { hidden, again } = Object.fromEntries(await outputsOf());
    expect(again).toEqual(hidden);
  });

  test("a sentence is the mean of the encoder's last states over its tokens", async () => {
    const sentence = (await outputsOf()).get("sentence")!;
    const states = golden.read("encoder state 2").values;
    const mask = golden.read("mask").values;
    const { width } = transformer;
    const [rows, length] = golden.read("mask").shape as [number, number];
    const expected = Array.from({ length: rows * width }, (_, at) => {
      const [row, feature] = [Math.floor(at / width), at % width];
      const seen = Array.from({ length }, (_, token) => row * length + token).filter((token) => mask[token] === 1);
      return seen.reduce((sum, token) => sum + states[token * width + feature]!, 0) / seen.length;
    });
    expect(relativeError(sentence, expected)).toBeLessThan(1e-6);
  });

  test("neither padding of the prompt nor what follows changes what the decoder makes of a token", async () => {
    const before = (await outputsOf()).get("hidden")!;
    const [, length] = golden.read("mask").shape as [number, number];
    const mask = golden.read("mask").values;
    const ids = golden.read("ids").values.map((id, at) => (mask[at] === 0 ? 17 : id));
    const written = golden.read("decoder ids").values.with(3, 19);
    expect(mask.subarray(length, 2 * length)).toContain(0);
    expect((await outputsOf({ ids })).get("hidden")).toEqual(before);
    const after = (await outputsOf({ "decoder ids": written })).get("hidden")!;
    const { width } = transformer;
    expect(after.slice(0, 3 * width)).toEqual(before.slice(0, 3 * width));
    expect(after.slice(3 * width, 4 * width)).not.toEqual(before.slice(3 * width, 4 * width));
  });
});

describe("T5's layers", () => {
  const { transformer } = fixtures["t5-gated"];
  const ids = (layers: readonly { id: string }[]) => layers.map(({ id }) => id).join(" ");

  test("have their blocks numbered on from the encoder to the decoder", () => {
    expect(ids(selectLayers(transformer, "0,3", "logits"))).toBe(
      "0.query 0.key 0.value 0.output 0.gate 0.up 0.down 3.query 3.key 3.value 3.output " +
        "3.cross-query 3.cross-key 3.cross-value 3.cross-output 3.gate 3.up 3.down",
    );
    expect(transformer.layers.find(({ id }) => id === "2.cross-value")).toMatchObject({
      weight: "decoder.block.0.layer.1.EncDecAttention.v.weight",
      outFeatures: 8,
      inFeatures: 12,
    });
    expect(summaryOf(transformer)).toMatchObject({
      blocks: ["0", "1", "2", "3"],
      isGenerative: true,
      isEncoderDecoder: true,
      packsPairs: false,
    });
  });

  test("are reached by their sets, the decoder's only where the model writes", () => {
    expect(ids(selectLayers(transformer, "query-value", "logits"))).toBe(
      "0.query 0.value 1.query 1.value 2.query 2.value 2.cross-query 2.cross-value 3.query 3.value 3.cross-query 3.cross-value",
    );
    expect(selectLayers(transformer, "attention-mlp", "logits").length).toBe(2 * 7 + 2 * 11);
    expect(selectLayers(transformer, "all-dense", "logits")).toEqual(transformer.layers);
    expect(selectLayers(transformer, "all-dense", "sentence").length).toBe(2 * 7);
    expect(() => selectLayers(transformer, "2.query", "sentence")).toThrow("no layer 2.query on the way");
  });
});

test("an encoder alone reads and writes nothing of a decoder", () => {
  const { config } = fixtures["t5-gated"];
  if (config.family !== "t5") throw new Error("the fixture is no T5");
  const encoder = transformerOf({ ...config, decoderBlocks: 0 }, new Set());
  expect(encoder.tensors.some(({ name }) => name.startsWith("decoder.") || name === "lm_head.weight")).toBe(false);
  expect(encoder.logits).toBeUndefined();
  expect(encoder.decoderStart).toBeUndefined();
  expect([...constantsOf({ ...config, decoderBlocks: 0 }).keys()]).toEqual(["encoder.relative_buckets"]);
});

test("the output layer is the checkpoint's own where it has one, or its config says so", () => {
  const { config } = fixtures.t5;
  if (config.family !== "t5") throw new Error("the fixture is no T5");
  const hasOwn = (tiedHead: boolean, names: readonly string[]) =>
    transformerOf({ ...config, tiedHead }, new Set(names)).tensors.some(({ name }) => name === "lm_head.weight");
  expect(hasOwn(true, [])).toBe(false);
  expect(hasOwn(true, ["lm_head.weight"])).toBe(true);
  expect(hasOwn(false, [])).toBe(true);
});
