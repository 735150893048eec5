import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { classification, languageModelling, type Objective, regression } from "../run/objective.ts";
import { testGpu } from "../testing/devices.ts";
import { batchOf, type Fixture, loadFixture, type Recording, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { selectLayers } from "./targets.ts";

/** Tiny models of each family of one side, and what PyTorch and transformers make of them (tools/fixtures/parity.py). */
const families = ["bert", "roberta", "distilbert", "gpt2", "llama", "llama-tied", "llama-biased", "qwen2", "mistral"];

const objectives: Readonly<Record<string, (fixture: Fixture) => Objective>> = {
  "language modelling": ({ transformer }) => languageModelling(transformer),
  classification: ({ transformer }) => classification(transformer, { reading: "single", classes: 3, seed: 1 }),
  "regression of two towers": ({ transformer }) =>
    regression(transformer, { reading: "two-towers", meanLabel: 0, range: 1, seed: 1 }),
  "regression of packed pairs": ({ transformer }) =>
    regression(transformer, { reading: "packed", meanLabel: 0, range: 1, seed: 1 }),
};

// transformers computes norms, softmax and rotary angles of Llama in float32 even in a float64 model: 1e-7 a value,
// which leaves 6e-7 forward and 2e-6 backward. The other families agree within the 6e-8 of float32 files. In float32
// ours sums at most 20 products a value, a dozen times in a row: 3e-6 and 4e-6.
const devices = {
  "the CPU in float64": { open: async () => new CpuDevice(Float64Array), forward: 1e-6, backward: 5e-6 },
  "the GPU": { open: testGpu, forward: 1e-5, backward: 1e-4 },
};

describe.each(families)("%s", (name) => {
  test.each(Object.entries(devices))("computes what transformers does, on %s", async (_, device) => {
    const fixture = await loadFixture(`parity/${name}`);
    const { golden } = fixture;
    const objective = objectives[golden.metadata.get("objective")!]!(fixture);
    const inputs = ["ids", "mask", "segments", "labels", "weights", ...objective.head.map((each) => each.name)];
    const gradients = gradientsOf(fixture);
    const values = await runModel(await device.open(), fixture, {
      inputs: new Map(inputs.filter((each) => golden.names.includes(each)).map((each) => [each, golden.read(each)])),
      watched: [...gradients.keys()],
      record(forward, tensors): Recording {
        const { transformer } = fixture;
        const flat = (each: string) => forward.tape.reshape(tensors.get(each)!, [golden.read(each).values.length]);
        const batch = batchOf(tensors);
        const states = transformer.states(forward, batch);
        const targets = { labels: flat("labels"), weights: flat("weights") };
        const { loss, predictions } = objective.record({ ...forward, head: tensors }, batch, targets);
        const { pooled, logits } = transformer;
        return {
          outputs: {
            ...Object.fromEntries(states.map((state, index) => [`state ${index}`, state])),
            sentence: transformer.sentence(forward, batch),
            ...(pooled && { pooled: pooled(forward, batch) }),
            ...(logits ? { logits: logits(forward, states.at(-1)!) } : { predictions: predictions!() }),
            loss,
          },
          seeds: new Map([[loss, forward.tape.one]]),
        };
      },
    });

    const compared = [...values.keys()].filter((output) => golden.names.includes(output));
    expect(compared).toEqual(expect.arrayContaining(["state 0", "state 1", "state 2", "loss"]));
    for (const output of compared) {
      const [computed, expected] = [values.get(output)!, golden.read(output).values];
      expect(relativeError(real(fixture, output, computed), real(fixture, output, expected)), output).toBeLessThan(
        device.forward,
      );
    }
    expect(gradients.size).toBeGreaterThan(9);
    for (const [weight, stored] of gradients) {
      expect(relativeError(values.get(`d ${weight}`)!, golden.read(stored).values), stored).toBeLessThan(
        device.backward,
      );
    }
  });

  test("every set of layers names some in each block", async () => {
    const { transformer } = await loadFixture(`parity/${name}`);
    const ids = (set: string) => selectLayers(transformer, set).map(({ id }) => id);
    const twice = (...parts: string[]) => [0, 1].flatMap((block) => parts.map((part) => `${block}.${part}`));
    const attention = transformer.family === "gpt2" ? ["qkv", "output"] : ["query", "key", "value", "output"];
    const perceptron = transformer.family === "llama" ? ["gate", "up", "down"] : ["up", "down"];
    expect(ids("query-value")).toEqual(transformer.family === "gpt2" ? twice("qkv") : twice("query", "value"));
    expect(ids("attention-mlp")).toEqual(twice(...attention, ...perceptron));
    expect(ids("all-dense")).toEqual(ids("attention-mlp"));
  });
});

/** The weights whose gradients are stored: our name of each, and the gradient's. */
function gradientsOf({ golden, prefix, tensors }: Fixture): ReadonlyMap<string, string> {
  const stored = golden.names.filter((name) => name.startsWith("d "));
  const ours = (name: string) => (name.startsWith(`d ${prefix}`) ? name.slice(2 + prefix.length) : name.slice(2));
  return new Map(stored.map((name) => [ours(name), name] as const).filter(([name]) => tensors.has(name)));
}

/** An output's values but for those of padding, which mean nothing; RoBERTa even gives it another position. */
function real({ golden }: Fixture, output: string, values: ArrayLike<number>): number[] {
  const mask = golden.read("mask").values;
  const isPerToken = /^state|^logits$/.test(output);
  return Array.from(values).filter(
    (_, at) => !isPerToken || mask[Math.floor((at * mask.length) / values.length)] === 1,
  );
}
