import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { TrainingDevice } from "../device/device.ts";
import { fineTuner } from "../problems/fineTuning.ts";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import type { TrainerEvent } from "./events.ts";
import { TrainingSession } from "./session.ts";

const config: RunConfig = { ...nanoConfig, targets: "query-value", steps: 6, spectrumEvery: 2, evaluateEvery: 4 };

/** A trainer whose events are kept. */
function watched(device: TrainingDevice) {
  const events: TrainerEvent[] = [];
  const trainer = fineTuner(
    async () => device,
    nanoSources,
    (event) => events.push(event),
  );
  const of = <T extends TrainerEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<TrainerEvent, { type: T }> => event.type === type);
  const typesOf = (...types: TrainerEvent["type"][]) =>
    events.map(({ type }) => type).filter((type) => types.includes(type));
  return { trainer, of, typesOf };
}

/** What a run gives that is validated before its first step: the meaning of validation at the start. */
async function plainly(device: TrainingDevice, run: RunConfig) {
  const session = await TrainingSession.prepare(device, run, nanoSources, () => {});
  const before = await session.evaluate();
  const losses: number[] = [];
  while (session.step < run.steps) {
    await session.room();
    losses.push((await session.submitStep().metrics).loss);
  }
  const after = await session.evaluate();
  session.destroy();
  return { before, losses, after };
}

const methods: readonly Partial<RunConfig>[] = [
  { method: "deep-lora-compressed" },
  { method: "deep-lora-full" },
  { method: "lora", dropout: 0.1 },
  { method: "lora", initialiser: "pissa" } as Partial<RunConfig>,
  { method: "dora" },
  { method: "vera" },
  { method: "full", optimizer: "galore" },
  { method: "head" },
  { method: "lora", accumulationSteps: 2 },
];

describe("the start is validated after the first steps, to the bit as before them", () => {
  test.each(methods.map((each) => [JSON.stringify(each), each] as const))("%s", async (_, each) => {
    const run = { ...config, ...each };
    const device = new CpuDevice();
    const expected = await plainly(device, run);
    const { trainer, of, typesOf } = watched(device);
    await trainer.prepare(run);
    expect(of("evaluation")).toEqual([]);
    await trainer.train();
    expect(of("failed")).toEqual([]);
    expect(typesOf("metrics", "evaluation")[0], "the first step is there before").toBe("metrics");
    const validations = of("evaluation");
    expect(validations.map(({ step }) => step)).toEqual([0, 4, 6]);
    expect(validations[0]!.values).toEqual(expected.before.values);
    expect(of("examples")[0]).toEqual({ type: "examples", when: "before", rows: expected.before.examples });
    expect(of("metrics").flatMap(({ rows }) => rows.map(({ loss }) => loss))).toEqual(expected.losses);
    expect(validations.at(-1)!.values).toEqual(expected.after.values);
  });

  test("on WebGPU", async () => {
    const device = await testGpu();
    const expected = await plainly(device, config);
    const { trainer, of } = watched(device);
    await trainer.prepare(config);
    await trainer.train();
    expect(of("evaluation")[0]!.values).toEqual(expected.before.values);
    expect(of("metrics").flatMap(({ rows }) => rows.map(({ loss }) => loss))).toEqual(expected.losses);
  });
});

test("the first spectrum is there before it, too", async () => {
  const { trainer, typesOf } = watched(new CpuDevice());
  await trainer.prepare(config);
  await trainer.train();
  expect(typesOf("measured", "evaluation").slice(0, 3)).toEqual(["measured", "measured", "evaluation"]);
});

test("a run that is paused, stepped or validated at once has its start validated all the same, once", async () => {
  const { trainer, of } = watched(new CpuDevice());
  await trainer.prepare(config);
  const training = trainer.train();
  trainer.pause();
  await training;
  expect(of("evaluation").map(({ step }) => step)).toEqual([0]);
  await trainer.step();
  expect(of("evaluation").map(({ step }) => step)).toEqual([0]);
  await trainer.prepare({ ...config, evaluateEvery: 1 });
  await trainer.step();
  expect(of("evaluation").map(({ step }) => step)).toEqual([0, 0, 1]);
});

test("after a reset what was found is told again at once", async () => {
  const device = new CpuDevice();
  const { trainer, of } = watched(device);
  await trainer.prepare(config);
  await trainer.train();
  const before = device.ledger.submissions;
  await trainer.reset();
  expect(device.ledger.submissions - before, "the way back and what updates are there, and no validation").toBe(2);
  expect(of("evaluation").at(-1)).toEqual(of("evaluation")[0]);
  expect(of("examples").at(-1)).toEqual(of("examples")[0]);
  // Reset before it was found leaves it until later.
  await trainer.prepare(config);
  await trainer.reset();
  await trainer.step();
  expect(of("evaluation").at(-1)).toEqual(of("evaluation")[0]);
});

test("a run that diverges at once says what it was before", async () => {
  const expected = await plainly(new CpuDevice(), { ...config, steps: 1 });
  const { trainer, of } = watched(new CpuDevice());
  await trainer.prepare({ ...config });
  await trainer.borrow(async (_, session) => void Object.assign(session!.config, { learningRate: 1e25 }));
  await trainer.train();
  expect(of("failed").map(({ failure }) => failure.name)).toEqual(["DivergedError"]);
  expect(of("evaluation").map(({ step, values }) => ({ step, values }))).toEqual([
    { step: 0, values: expected.before.values },
  ]);
});

test("what merges into the weights is validated before its first step", async () => {
  const { trainer, of, typesOf } = watched(new CpuDevice());
  await trainer.prepare({
    ...config,
    method: "lora",
    rank: 2,
    rankSchedule: "relora",
    mergeEvery: 4,
    rewarmupSteps: 1,
  });
  expect(of("failed")).toEqual([]);
  expect(of("evaluation").map(({ step }) => step)).toEqual([0]);
  await trainer.train();
  expect(typesOf("metrics", "evaluation")[0]).toBe("evaluation");
});
