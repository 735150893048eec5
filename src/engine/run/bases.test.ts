import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadData, longest, meanLabel } from "../data/runData.ts";
import type { Sources } from "../data/sources.ts";
import { gradientSubspace } from "../linalg/gradientSubspace.ts";
import { singularValues } from "../linalg/hostSvd.ts";
import { POWER_STEPS, sketchColumns } from "../methods/initialisers/directions.ts";
import { loadModel } from "../model/loadModel.ts";
import { selectLayers } from "../model/targets.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, stacked, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { defaultConfig } from "../settings/config.ts";
import { collate } from "../tasks/collate.ts";
import { testGpu } from "../testing/devices.ts";
import { bundled, filesIn } from "../testing/models.ts";
import { Network } from "./network.ts";
import { languageModelling, regression } from "./objective.ts";
import { BatchInputs } from "./programs.ts";
import { WeightGradients } from "./weightGradients.ts";

const COUNT = 4;
const sources: Sources = {
  model: () => Promise.reject(new Error("models are loaded directly")),
  task: async (file) => readFileSync(path.join(bundled, "../tasks", file), "utf8"),
  data: () => Promise.reject(new Error("only bundled tasks are read")),
};

/** Half the default rank of directions of the first gradient, on the real models and tasks, judged in float64. */
test.each([
  ["pd-bert", "verse-sts"],
  ["pd-gpt", "kjv"],
] as const)(
  "bases found without an SVD hold 0.999 of the gradient's energy in every layer of %s",
  async (name, task) => {
    const device = await testGpu();
    const model = await loadModel(filesIn(path.join(bundled, name)));
    const config = { ...defaultConfig, model: name, task, shots: "16" as const, maxTokens: 24, validationRows: 8 };
    const data = await loadData(config, model, sources);
    const examples = data.training.slice(0, 6);
    const objective =
      task === "kjv"
        ? languageModelling(model.transformer)
        : regression(model.transformer, {
            reading: "two-towers",
            meanLabel: meanLabel(data.training),
            range: 5,
            seed: 1,
          });
    const targets = selectLayers(model.transformer, "attention-mlp", task === "kjv" ? "logits" : "sentence");
    const network = await Network.create(device, {
      transformer: model.transformer,
      checkpoint: model.tensors,
      targets,
      // The watched layers' gradients do not depend on the method; "full" needs no adapter.
      method: { kind: "full" },
      head: objective.head,
      headRate: 1,
      weightDecay: 0,
      weightDecayOn: "matrices",
      epsilon: 1e-6,
      seed: 1,
    });
    const length = longest(examples);
    const perToken = task === "kjv";
    const inputs = new BatchInputs(device, {
      rows: examples.length * data.training[0]!.rows.length,
      length,
      targets: perToken ? examples.length * length : examples.length,
      hasDecoder: false,
    });
    await device.settle();
    inputs.write(
      device,
      collate(examples, { length, batchSize: examples.length, padId: model.tokenizer.padId, perToken }),
    );
    const remember = new Tape(device);
    network.arena.remember(remember);
    device.submit([await remember.compile("remember")]);

    const workspace = new Workspace(device);
    const gradients = await WeightGradients.compile(
      device,
      workspace,
      network,
      (forward) => objective.record(forward, inputs.batch, inputs.targets).loss,
    );
    gradients.add({ microBatch: 0, share: 1 });
    const tape = new Tape(device, workspace);
    const kept = network.groups.map((layerGroup) => {
      const { layers, shape } = layerGroup;
      const drawn = [layers.length, shape.outFeatures, sketchColumns(COUNT, shape)];
      const random = persistent(device, "random", drawn, stacked(drawn));
      writeTensor(device, random, new RandomStream(3, 3).normals(sizeOf(random.shape)));
      const gradient = gradients.of(layerGroup);
      const { left, right } = gradientSubspace(tape, gradient, { count: COUNT, random, iterations: POWER_STEPS });
      const copy = (tensor: typeof left) => {
        const target = persistent(device, tensor.name, tensor.shape);
        tape.copy(tensor, target);
        return target;
      };
      return { layers, shape, left: copy(left), right: copy(right), gradient: copy(gradient) };
    });
    device.submit([await tape.compile("bases")]);

    for (const { layers, shape, left, right, gradient } of kept) {
      const { inFeatures, outFeatures } = shape;
      const [u, v] = [await readTensor(device, left), await readTensor(device, right)];
      const all = await readTensor(device, gradient);
      for (const [at, { id }] of layers.entries()) {
        const g = Float64Array.from(all.subarray(at * inFeatures * outFeatures, (at + 1) * inFeatures * outFeatures));
        // The Gram matrix of the shorter side has the squares of the singular values.
        const gram =
          inFeatures <= outFeatures
            ? multiply(transposed(g, inFeatures), transposed(g, inFeatures), inFeatures, inFeatures)
            : multiply(g, g, outFeatures, outFeatures);
        const side = Math.min(inFeatures, outFeatures);
        const rows = Array.from({ length: side }, (_, row) => [...gram.subarray(row * side, (row + 1) * side)]);
        const optimum = singularValues(rows)
          .slice(0, COUNT)
          .reduce((sum, value) => sum + value, 0);
        const onLeft = energy(
          multiply(g, u.subarray(at * inFeatures * COUNT, (at + 1) * inFeatures * COUNT), outFeatures, COUNT),
        );
        const onRight = energy(
          multiply(
            transposed(g, inFeatures),
            v.subarray(at * outFeatures * COUNT, (at + 1) * outFeatures * COUNT),
            inFeatures,
            COUNT,
          ),
        );
        expect(onLeft / optimum, `${id}, input side`).toBeGreaterThan(0.999);
        expect(onRight / optimum, `${id}, output side`).toBeGreaterThan(0.999);
        expect(Math.max(onLeft, onRight) / optimum, `${id}: no basis holds more than the best`).toBeLessThan(1.0001);
      }
    }
    gradients.destroy();
    network.destroy();
    workspace.destroy();
  },
  240_000,
);

type Numbers = ArrayLike<number>;

/** aᵀ·b in float64, for a [n, rows] and b [n, cols]. */
function multiply(a: Numbers, b: Numbers, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let n = 0; n < a.length / rows; n++) {
    for (let row = 0; row < rows; row++) {
      const factor = a[n * rows + row]!;
      if (factor === 0) continue;
      for (let col = 0; col < cols; col++) out[row * cols + col]! += factor * b[n * cols + col]!;
    }
  }
  return out;
}

function transposed(a: Numbers, rows: number): Float64Array {
  const cols = a.length / rows;
  return Float64Array.from({ length: a.length }, (_, at) => a[(at % rows) * cols + Math.floor(at / rows)]!);
}

function energy(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
