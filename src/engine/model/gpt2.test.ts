import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { crossEntropy } from "../ops/crossEntropy.ts";
import { weightedMean } from "../ops/weightedMean.ts";
import { testGpu } from "../testing/devices.ts";
import { batchOf, loadFixture, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { transformerOf } from "./loadModel.ts";

const fixture = await loadFixture("nano-gpt2");
const { golden } = fixture;
const one = { shape: [1], values: Float32Array.of(1) };
const inputs = new Map([
  ...["ids", "mask", "labels", "counted"].map((name) => [name, golden.read(name)] as const),
  ["one", one],
]);
const gradients = golden.names.filter((name) => name.startsWith("d "));

// Fixtures are float32: 6e-8. In float32 a block sums at most 40 products a value, eight times in a row.
const devices = {
  "the CPU in float64": { open: async () => new CpuDevice(Float64Array), forward: 1e-7, backward: 1e-7 },
  "the CPU in float32": { open: async () => new CpuDevice(Float32Array), forward: 1e-5, backward: 1e-4 },
  "the GPU": { open: testGpu, forward: 1e-5, backward: 1e-4 },
};

describe.each(Object.entries(devices))("GPT-2 on %s", (_, { open, forward: forwardBound, backward: backwardBound }) => {
  test("computes the states, logits, loss and gradients of an independent implementation", async () => {
    const values = await runModel(await open(), fixture, {
      inputs,
      watched: gradients.map((name) => name.slice(2)),
      record(forward, tensors) {
        const { transformer } = fixture;
        const { tape } = forward;
        const states = transformer.states(forward, batchOf(tensors));
        const logits = transformer.logits!(forward, states.at(-1)!);
        const flat = (name: string) => tape.reshape(tensors.get(name)!, [18]);
        const loss = weightedMean(
          tape,
          crossEntropy(tape, tape.reshape(logits, [18, 24]), flat("labels")),
          flat("counted"),
        );
        return {
          outputs: {
            ...Object.fromEntries(states.map((state, index) => [`state ${index}`, state])),
            logits,
            loss,
          },
          seeds: new Map([[loss, tensors.get("one")!]]),
        };
      },
    });
    for (const name of ["state 0", "state 1", "state 2", "logits", "loss"]) {
      expect(relativeError(values.get(name)!, golden.read(name).values), name).toBeLessThan(forwardBound);
    }
    for (const name of gradients) {
      expect(relativeError(values.get(name)!, golden.read(name).values), name).toBeLessThan(backwardBound);
    }
  });
});

test("what follows a token does not change its state", async () => {
  const { transformer } = fixture;
  const ids = golden.read("ids");
  const hiddenOf = async (values: Float32Array) => {
    const run = await runModel(new CpuDevice(Float64Array), fixture, {
      inputs: new Map([...inputs, ["ids", { shape: ids.shape, values }]]),
      record: (forward, tensors) => ({ outputs: { hidden: transformer.hidden(forward, batchOf(tensors)) } }),
    });
    return run.get("hidden")!;
  };
  const [before, after] = [await hiddenOf(ids.values), await hiddenOf(ids.values.with(5, 11))];
  const until = 5 * transformer.width;
  expect([...after.slice(0, until)]).toEqual([...before.slice(0, until)]);
  expect([...after.slice(until, until + transformer.width)]).not.toEqual([
    ...before.slice(until, until + transformer.width),
  ]);
});

test("a head that is not tied is a tensor of its own", () => {
  const { config } = fixture;
  if (config.family !== "gpt2") throw new Error("the fixture is no GPT-2");
  const names = (tiedHead: boolean) =>
    transformerOf({ ...config, tiedHead }, new Set()).tensors.map(({ name }) => name);
  expect(names(true)).not.toContain("lm_head.weight");
  expect(names(false)).toContain("lm_head.weight");
});
