import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { batchOf, loadFixture, runModel } from "../testing/models.ts";
import { relativeError } from "../testing/parity.ts";
import { transformerOf } from "./loadModel.ts";

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
