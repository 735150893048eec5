import { describe, expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { loadData, longest } from "../data/runData.ts";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { loadModel } from "../model/loadModel.ts";
import { dropout } from "../ops/dropout.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, writeTensor } from "../ops/tensor.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { batchIndices, inMicroBatches } from "../tasks/subset.ts";
import { testGpu } from "../testing/devices.ts";
import { NANO_T5, nanoConfig, takeSteps, withOwnData } from "../testing/runs.ts";
import { divergedAt } from "./diagnosis.ts";
import { estimateMemory } from "./estimate.ts";
import { stepScalarsAt } from "./schedule.ts";
import { TrainingSession } from "./session.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

/** Rows of unequal length, so that micro-batches weigh differently and are padded differently. */
const rows = (row: (at: number) => string) => Array.from({ length: 40 }, (_, at) => row(at)).join("\n");
const words = ["earth", "light", "day", "night", "word", "beginning", "was", "and"];
const text = (at: number) => `${"sea ".repeat(at % 8 === 1 ? 8 : 1 + (at % 4))}${words[(at + (at >> 3)) % 8]}`;
const classes = `text,label\n${rows((at) => `${text(at)},${at % 3 === 0 ? "low" : "high"}`)}`;
const scores = `text,score\n${rows((at) => `${text(at)},${(at % 8) / 2}`)}`;
const answers = `prompt,completion\n${rows((at) => `${"b".repeat(1 + (at % 4))},${"d".repeat(1 + ((at * 5) % 7))}`)}`;

const completions = { content: answers, dataKind: "completion", dataSecond: 2 } as const;
const kinds = {
  classes: { content: classes, method: "lora" },
  "classes, on bases from the first gradient": { content: classes },
  scores: { content: scores, method: "deep-lora-narrow", dataKind: "regression" },
  completions: { ...completions, model: "pd-gpt", method: "full", learningRate: 0.002 },
  "completions by an encoder–decoder": { ...completions, model: NANO_T5, method: "lora" },
} as const satisfies Record<string, { content: string } & Partial<RunConfig>>;

async function prepared({ content, ...change }: { readonly content: string } & Partial<RunConfig>) {
  const { sources, data } = await withOwnData("rows.csv", content);
  const config: RunConfig = { ...nanoConfig, task: "custom", data, batchSize: 8, steps: 12, ...change };
  const session = (device: Device) => TrainingSession.prepare(device, config, sources, () => {});
  return { config, sources, session };
}

/** What the micro-batches of a step are made of. */
async function microBatchesOf(given: Awaited<ReturnType<typeof prepared>>, step: number) {
  const { config, sources } = given;
  const model = await loadModel(await sources.model(config.model));
  const { training, trainingLengths } = await loadData(config, model, sources);
  const batch = batchIndices(training.length, config.batchSize, step, config.seed).map((at) => training[at]!);
  return { microBatches: inMicroBatches(batch, config.accumulationSteps), trainingLengths };
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  // On the GPU sums of other lengths round differently, and Adam's first steps divide small gradients by their own size.
  test.each([
    ["processor, in float64,", async () => new CpuDevice(Float64Array), 1e-6],
    ["GPU", testGpu, 1e-4],
  ] as const)(
    "in 2 and 4 micro-batches come to what they do in one, on the %s at each of ten steps",
    async (_, open, bound) => {
      const device = await open();
      const curve = async (microBatches: number) => {
        const session = await (
          await prepared({ ...kind, accumulationSteps: microBatches, clipNorm: 0.5, weightDecay: 0.01 })
        ).session(device);
        const submitted = [];
        for (let step = 0; step < 10; step++) {
          await session.room();
          submitted.push(session.submitStep().metrics);
        }
        const curve = await Promise.all(submitted);
        session.destroy();
        return curve;
      };
      const whole = await curve(1);
      for (const microBatches of [2, 4]) {
        for (const [step, { loss, gradientNorm }] of (await curve(microBatches)).entries()) {
          const apart = [loss / whole[step]!.loss - 1, gradientNorm / whole[step]!.gradientNorm - 1].map(Math.abs);
          expect(Math.max(...apart), `step ${step} in ${microBatches} micro-batches`).toBeLessThan(bound);
        }
      }
    },
  );
});

test("micro-batches differ in what they weigh and in how far they are padded", async () => {
  const { microBatches } = await microBatchesOf(await prepared({ ...kinds.completions, accumulationSteps: 4 }), 0);
  const weights = microBatches.map((examples) =>
    examples.flatMap(({ weights }) => weights!).reduce((a, b) => a + b, 0),
  );
  expect(new Set(weights).size).toBeGreaterThan(1);
  const texts = await microBatchesOf(await prepared({ ...kinds.classes, accumulationSteps: 4 }), 0);
  expect(texts.trainingLengths).toEqual([8, 12]);
  const lengths = texts.microBatches.map((examples) => (longest(examples) <= 8 ? 8 : 12));
  expect(new Set(lengths).size).toBe(2);
});

test("a step of four micro-batches is one submission and makes nothing, and the run gives all of its memory back", async () => {
  const device = await testGpu();
  const given = await prepared({
    ...kinds.classes,
    accumulationSteps: 4,
    steps: 60,
    spectrumEvery: 7,
    validationRows: 8,
  });
  await (await given.session(device)).destroy();
  const { liveBytes } = device.ledger;
  const session = await given.session(device);
  await takeSteps(session, 1);
  const { submissions, buffersCreated, bindGroupsCreated, pipelinesCreated } = device.ledger;
  await takeSteps(session, 59);
  expect(device.ledger.submissions - submissions).toBe(59);
  expect(device.ledger).toMatchObject({ buffersCreated, bindGroupsCreated, pipelinesCreated, uncapturedErrors: 0 });
  session.destroy();
  expect(device.ledger.liveBytes).toBe(liveBytes);
});

test.each(["lora", "deep-lora-compressed"] as const)(
  "four micro-batches of %s take less memory than one, about a quarter of what grows with the batch",
  async (method) => {
    const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
    const bytes = async (change: Partial<RunConfig>) => {
      const config: RunConfig = { ...defaultConfig, method, batchSize: 64, ...change };
      return (await estimateMemory(config, diskSources, limits)).peakBytes;
    };
    const [smallest, whole, parts] = [
      await bytes({ batchSize: 1 }),
      await bytes({}),
      await bytes({ accumulationSteps: 4 }),
    ];
    expect(parts - smallest).toBeLessThan(0.3 * (whole - smallest));
  },
);

test("a run in micro-batches goes on from a snapshot to the bit, with dropout, and can be reset", async () => {
  const given = await prepared({ ...kinds.classes, accumulationSteps: 4, dropout: 0.2 });
  const device = await testGpu();
  const first = await given.session(device);
  const { losses } = await takeSteps(first, 12);
  await first.reset();
  expect((await takeSteps(first, 5)).losses).toEqual(losses.slice(0, 5));
  const state = await first.state();
  const file = await writeSnapshot({
    config: given.config,
    notes: { title: "", note: "" },
    model: "0".repeat(64),
    state,
  });
  first.destroy();
  const read = await readSnapshot(file);
  expect(read.config.accumulationSteps).toBe(4);
  const second = await given.session(device);
  await second.restore(read.state);
  expect((await takeSteps(second, 7)).losses).toEqual(losses.slice(5));
  second.destroy();
});

test("each micro-batch of a step drops other elements, the same ones on every device", async () => {
  const dropped = async (device: Device, microBatch: number) => {
    const stepScalars = persistent(device, "stepScalars", [64]);
    writeTensor(device, stepScalars, stepScalarsAt(defaultConfig, 3, { microBatch, share: 0.25 }));
    const ones = persistent(device, "ones", [500]);
    writeTensor(device, ones, new Float32Array(500).fill(1));
    const tape = new Tape(device);
    const kept = tape.keep(dropout(tape, ones, stepScalars, { probability: 0.5, stream: 1 }));
    void device.submit([await tape.compile("dropout")]);
    return [...(await readTensor(device, kept))];
  };
  const gpu = await testGpu();
  const microBatches = [await dropped(gpu, 0), await dropped(gpu, 1), await dropped(gpu, 2)];
  expect(new Set(microBatches.map(String)).size).toBe(3);
  expect(await dropped(new CpuDevice(), 1)).toEqual(microBatches[1]);
});

test("a micro-batch that reads what the one before did comes to something else with dropout, and only then", async () => {
  const content = "text,score\nsea and light,1\nday and night,2";
  const loss = async (change: Partial<RunConfig>) => {
    const given = { ...kinds.scores, content, shots: "all", dataValidation: 0.5, ...change } as const;
    const session = await (await prepared(given)).session(new CpuDevice());
    expect(session.summary.trainingExamples).toBe(1);
    const { losses } = await takeSteps(session, 1);
    session.destroy();
    return losses[0]!;
  };
  const twice = { batchSize: 4, accumulationSteps: 2 };
  expect(await loss(twice)).toBeCloseTo(await loss({ batchSize: 2 }), 5);
  const apart = (await loss({ ...twice, dropout: 0.5 })) - (await loss({ batchSize: 2, dropout: 0.5 }));
  expect(Math.abs(apart)).toBeGreaterThan(1e-4);
});

test("where a micro-batch comes to no finite number nothing is updated, and the first such tensor is named with its micro-batch", async () => {
  const given = await prepared({ ...kinds.classes, accumulationSteps: 4 });
  const device = await testGpu();
  const session = await given.session(device);
  // Only micro-batches that are padded to more than eight tokens read the ninth position; its vector is finite, and too large.
  const tensor = session.network.forward(new Tape(device)).weights.get("embeddings.position_embeddings.weight")!;
  const width = tensor.shape[1]!;
  writeTensor(device, tensor, (await readTensor(device, tensor)).fill(3e38, 8 * width, 9 * width));
  const before = await session.network.named.read();
  const firsts = [];
  for (let step = 0; step < 12; step++)
    firsts.push((await microBatchesOf(given, step)).microBatches.findIndex((examples) => longest(examples) > 8));
  const step = firsts.findIndex((first) => first > 0);
  const finding = await session.diagnose(step);
  expect(divergedAt(step, finding!).message).toBe(
    `the output of encoder.layer.0.attention.self.query is not a number (first at [${finding!.notFinite.at.join(", ")}]) at step ${step + 1}, micro-batch ${firsts[step]! + 1}`,
  );
  expect(session.step).toBe(step);
  const row = await session.submitStep().metrics;
  expect([row.loss, row.gradientNorm]).toEqual([Number.NaN, Number.NaN]);
  expect(await session.network.named.read()).toEqual(before);
  session.destroy();
});
