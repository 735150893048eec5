import { describe, expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { batchOf, filesIn, fixtures, loadFixture, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { loadModel, transformerOf } from "./loadModel.ts";

const fixture = await loadFixture("nano-bert");
const { golden } = fixture;
const inputs = new Map(
  ["ids", "mask", "segments", "seed sentence", "seed pooled"].map((name) => [name, golden.read(name)]),
);
const gradients = golden.names.filter((name) => name.startsWith("d "));

// Fixtures are float32: 6e-8. In float32 a post-LN block sums at most 40 products a value, ten times in a row.
const devices = {
  "the CPU in float64": { open: async () => new CpuDevice(Float64Array), forward: 1e-7, backward: 1e-7 },
  "the CPU in float32": { open: async () => new CpuDevice(Float32Array), forward: 1e-5, backward: 1e-4 },
  "the GPU": { open: testGpu, forward: 1e-5, backward: 1e-4 },
};

describe.each(Object.entries(devices))("BERT on %s", (_, { open, forward: forwardBound, backward: backwardBound }) => {
  test("computes the states, outputs and gradients of an independent implementation", async () => {
    const values = await runModel(await open(), fixture, {
      inputs,
      watched: gradients.map((name) => name.slice(2)),
      record(forward, tensors) {
        const { transformer } = fixture;
        const batch = batchOf(tensors);
        const states = transformer.states(forward, batch);
        const sentence = transformer.sentence(forward, batch);
        const pooled = transformer.pooled!(forward, batch);
        return {
          outputs: {
            ...Object.fromEntries(states.map((state, index) => [`state ${index}`, state])),
            sentence,
            pooled,
          },
          seeds: new Map([
            [sentence, tensors.get("seed sentence")!],
            [pooled, tensors.get("seed pooled")!],
          ]),
        };
      },
    });
    for (const name of ["state 0", "state 1", "state 2", "sentence", "pooled"]) {
      expect(relativeError(values.get(name)!, golden.read(name).values), name).toBeLessThan(forwardBound);
    }
    for (const name of gradients) {
      expect(relativeError(values.get(name)!, golden.read(name).values), name).toBeLessThan(backwardBound);
    }
  });
});

test("without segments every token belongs to the first text", async () => {
  const { transformer } = fixture;
  const [ids, mask] = [golden.read("ids"), golden.read("mask")];
  const run = (extra: [string, { shape: number[]; values: Float32Array }][]) =>
    runModel(new CpuDevice(Float64Array), fixture, {
      inputs: new Map([["ids", ids], ["mask", mask], ...extra]),
      record: (forward, tensors) => ({ outputs: { hidden: transformer.hidden(forward, batchOf(tensors)) } }),
    });
  const zeros = { shape: [...ids.shape], values: new Float32Array(ids.values.length) };
  const [without, withZeros] = [await run([]), await run([["segments", zeros]])];
  // Only the order of adding the three embeddings differs.
  expect(relativeError(without.get("hidden")!, withZeros.get("hidden")!)).toBeLessThan(1e-12);
});

test("a checkpoint without a pooler gives a model without one", () => {
  const { transformer } = fixture;
  expect(transformer.layers.map(({ id }) => id)).toContain("pooler");
  const bare = transformerOf(fixture.config, new Set());
  expect(bare.pooled).toBeUndefined();
  expect(bare.layers.map(({ id }) => id)).not.toContain("pooler");
  expect(bare.tensors.some(({ name }) => name.startsWith("pooler"))).toBe(false);
});

describe("RoBERTa", async () => {
  const roberta = await loadFixture("parity/roberta");
  const run = (extra: [string, { shape: number[]; values: Float32Array }][], model = roberta) =>
    runModel(new CpuDevice(Float64Array), model, {
      inputs: new Map([["ids", model.golden.read("ids")], ["mask", model.golden.read("mask")], ...extra]),
      record: (forward, tensors) => ({ outputs: { hidden: model.transformer.hidden(forward, batchOf(tensors)) } }),
    });

  test("a pair has two separators between its texts, which are of one kind to the model", async () => {
    const { ids, segments } = roberta.tokenizer.encode("the", { second: "an" });
    const [start, the, end] = roberta.tokenizer.encode("the").ids;
    const [, ...an] = roberta.tokenizer.encode("an").ids;
    expect(ids).toEqual([start, the, end, end, ...an]);
    expect(segments).toHaveLength(ids.length);
    const { shape, values } = roberta.golden.read("ids");
    const ones = { shape: [...shape], values: new Float32Array(values.length).fill(1) };
    expect(await run([["segments", ones]])).toEqual(await run([]));
  });

  test("the first token gets the position after the padding token's", async () => {
    const table = roberta.tensors.get("embeddings.position_embeddings.weight")!;
    const { width } = roberta.transformer;
    const changed = (row: number) => {
      const values = table.values.map((value, at) => (Math.floor(at / width) === row ? value + 1 : value));
      return run([], {
        ...roberta,
        tensors: new Map([...roberta.tensors, ["embeddings.position_embeddings.weight", { ...table, values }]]),
      });
    };
    expect(await changed(1)).toEqual(await run([]));
    expect(await changed(2)).not.toEqual(await run([]));
    expect(roberta.transformer.maxLength).toBe(table.shape[0]! - 2);
  });
});

test("DistilBERT has neither segments nor a pooler", async () => {
  const { transformer } = await loadFixture("parity/distilbert");
  expect(transformer.pooled).toBeUndefined();
  expect(transformer.tensors.some(({ name }) => name.includes("token_type"))).toBe(false);
});

// MiniLM (Wang et al., 2020, arXiv 2002.10957) is published as BertModel, so its names have no prefix; some of its
// checkpoints have no pooler, and older ones hold the numbers of positions.
test("MiniLM is BERT without a prefix, with or without a pooler", async () => {
  const files = filesIn(`${fixtures}/parity/bert`);
  const { golden } = await loadFixture("parity/bert");
  const withTensors = (change: (names: string[]) => string[]) => ({
    ...files,
    read: async (file: string) => {
      const buffer = await files.read(file);
      if (file !== "model.safetensors") return buffer;
      const stored = new SafetensorsFile(buffer);
      const tensors = new Map(change([...stored.names]).map((name) => [name, stored.read(name)]));
      return writeSafetensors(
        new Map([...tensors, ["embeddings.position_ids", { shape: [16], values: new Float32Array(16) }]]),
      );
    },
  });
  for (const hasPooler of [true, false]) {
    const model = await loadModel(
      withTensors((names) => names.filter((name) => hasPooler || !name.startsWith("pooler"))),
    );
    expect(model.prefix).toBe("");
    expect(model.unused).toEqual([]);
    expect(model.transformer.pooled !== undefined).toBe(hasPooler);
    const values = await runModel(new CpuDevice(Float64Array), model, {
      inputs: new Map(["ids", "mask", "segments"].map((name) => [name, golden.read(name)])),
      record: (forward, tensors) => ({ outputs: { hidden: model.transformer.hidden(forward, batchOf(tensors)) } }),
    });
    expect(relativeError(values.get("hidden")!, golden.read("state 2").values)).toBeLessThan(1e-7);
  }
});
