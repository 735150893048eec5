import { describe, expect, test } from "vitest";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import type { Reading } from "../data/runData.ts";
import { CpuDevice } from "../device/cpu.ts";
import { batchOf, loadFixture, runModel } from "../testing/models.ts";
import { testNumbers } from "../testing/random.ts";
import { classification, type Objective, regression } from "./objective.ts";

const fixture = await loadFixture("nano-bert");
const { transformer } = fixture;
const CLASSES = 3;
const EXAMPLES = 2;
const LENGTH = 5;

const objectives: Readonly<Record<string, (reading: Reading) => Objective>> = {
  classification: (reading) => classification(transformer, { reading, classes: CLASSES, seed: 1 }),
  regression: (reading) => regression(transformer, { reading, meanLabel: 1, range: 5, seed: 1 }),
};

/** In float64 on the CPU, whatever checkpoints have. */
function tensor(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, values: Float64Array.from(values) as unknown as Float32Array };
}

/** Loss, predictions, and the gradients of the head and of the embeddings, in float64. */
async function measured(objective: Objective, reading: Reading, change: ReadonlyMap<string, HostTensor>) {
  const rows = reading === "two-towers" ? 2 * EXAMPLES : EXAMPLES;
  const tokens = (value: (at: number) => number) =>
    tensor(
      [rows, LENGTH],
      Array.from({ length: rows * LENGTH }, (_, at) => value(at)),
    );
  const head = objective.head.map(({ name, shape, initial }) => [name, tensor(shape, initial)] as const);
  const model = { transformer, tensors: new Map([...fixture.tensors, ...head, ...change]) };
  return runModel(new CpuDevice(Float64Array), model, {
    inputs: new Map([
      ["ids", tokens((at) => 5 + ((7 * at) % 13))],
      ["mask", tokens((at) => (at % LENGTH === LENGTH - 1 ? 0 : 1))],
      ["segments", tokens((at) => (reading === "packed" && at % LENGTH > 2 ? 1 : 0))],
      ["labels", tensor([EXAMPLES], [2, 0])],
      ["weights", tensor([EXAMPLES], [1, 1])],
    ]),
    watched: ["head.weight", "head.bias", EMBEDDINGS],
    record(forward, inputs) {
      const targets = { labels: inputs.get("labels")!, weights: inputs.get("weights")! };
      const { loss, predictions } = objective.record({ ...forward, head: forward.weights }, batchOf(inputs), targets);
      return { outputs: { loss, predictions: predictions!() }, seeds: new Map([[loss, forward.tape.one]]) };
    },
  });
}

const EMBEDDINGS = "embeddings.word_embeddings.weight";
const STEP = 1e-5;

describe.each(Object.keys(objectives))("%s", (kind) => {
  test.each(["single", "packed", "two-towers"] as const)(
    "%s: gradients are the slopes of the loss",
    async (reading) => {
      const objective = objectives[kind]!(reading);
      // A head that begins at zero would have nothing to send back.
      const [weight, bias] = objective.head;
      const drawn = testNumbers(weight!.initial.length, 3);
      const moved = (at: number, by: number) => drawn.map((value, index) => value + (index === at ? by : 0));
      const own = (values: ArrayLike<number>) => new Map([["head.weight", tensor(weight!.shape, values)]]);
      const base = await measured(objective, reading, own(drawn));
      expect(base.get("predictions")!.length).toBe(EXAMPLES * (kind === "regression" ? 1 : CLASSES));
      expect(bias!.initial.length).toBe(kind === "regression" ? 1 : CLASSES);

      const slope = (plus: number, minus: number) => (plus - minus) / (2 * STEP);
      const lossOf = async (change: ReadonlyMap<string, HostTensor>) =>
        (await measured(objective, reading, change)).get("loss")![0]!;
      for (const at of [0, drawn.length >> 1, drawn.length - 1]) {
        const expected = slope(await lossOf(own(moved(at, STEP))), await lossOf(own(moved(at, -STEP))));
        // Central differences of step 1e-5 in float64 leave an error of 1e-10 times the third derivative.
        expect(base.get("d head.weight")![at]).toBeCloseTo(expected, 6);
      }
      const embeddings = fixture.tensors.get(EMBEDDINGS)!;
      const at = 5 * embeddings.shape[1]! + 3;
      const bent = (by: number) => {
        const values = Array.from(embeddings.values, (value, index) => value + (index === at ? by : 0));
        return lossOf(new Map([...own(drawn), [EMBEDDINGS, tensor(embeddings.shape, values)]]));
      };
      const expected = slope(await bent(STEP), await bent(-STEP));
      expect(Math.abs(expected), "the text matters").toBeGreaterThan(1e-6);
      expect(base.get(`d ${EMBEDDINGS}`)![at]).toBeCloseTo(expected, 6);
    },
  );
});

test("without a pooler no pair can be packed", () => {
  const { pooled: _, ...bare } = transformer;
  expect(() => classification(bare as typeof transformer, { reading: "packed", classes: 2, seed: 1 })).toThrow(
    "no pooler",
  );
});
