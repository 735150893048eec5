import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { PlanningDevice } from "../device/planning.ts";
import type { Adapter } from "../methods/adapters/adapter.ts";
import { adapters } from "../methods/adapters/index.ts";
import { widthOf } from "../methods/diagnostics/diagnostic.ts";
import { rankSchedules } from "../methods/ranks/index.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { Tape } from "../ops/tape.ts";
import { readTensor, writeTensor } from "../ops/tensor.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { problemsOf } from "../settings/problems.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { TrainingSession } from "./session.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

const plain = {
  ...{ method: "lora", rank: 2, steps: 12, batchSize: 16, learningRate: 0.01, spectrumEvery: 1 },
  ...{ targets: "query-value", schedule: "constant" },
} as const satisfies Partial<RunConfig>;
const merging = { ...plain, rankSchedule: "relora", mergeEvery: 4, rewarmupSteps: 1 } as const;

const gpt = { model: "pd-gpt", task: "kjv" } as const;
const devices = [
  ["the processor", async () => new CpuDevice()],
  ["WebGPU", testGpu],
] as const;

/** The weights that layers compute with, as their bits. */
async function weightsOf(device: Device, { network }: TrainingSession): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const [name, tensor] of network.scheduled!.weights)
    found.set(name, Float32Array.from(await readTensor(device, tensor)));
  return found;
}

async function saved(session: TrainingSession) {
  const notes = { title: "", note: "" };
  const { config } = session;
  const file = await writeSnapshot({ config, notes, model: "0".repeat(64), state: await session.state() });
  return (await readSnapshot(file)).state;
}

describe.each(devices)("on %s", (_, open) => {
  test("a run trains as without a schedule until it first merges, then on, and its updates come to have a higher rank", async () => {
    const device = await open();
    const session = await nanoSession(device, merging);
    const { losses, spectra } = await takeSteps(session, 12);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    const before = await nanoSession(device, plain);
    const without = await takeSteps(before, 12);
    before.destroy();
    expect(losses.slice(0, 4)).toEqual(without.losses.slice(0, 4));
    // A merge moves nothing: the loss after it is that of the run that does not merge, but for what float32 rounds.
    expect(Math.abs(losses[4]! - without.losses[4]!)).toBeLessThan(1e-5 * losses[4]!);

    const width = widthOf(session.summary.measured.spectrum!);
    expect(width).toBe(3 * plain.rank);
    expect(session.summary.spectrumIsExact).toBe(true);
    const rankAfter = (step: number) =>
      session.summary.layers.map((__, layer) => {
        const own = spectra[step - 1]!.subarray(layer * width, (layer + 1) * width);
        return own.filter((value) => value > 1e-3 * own[0]!).length;
      });
    expect(new Set([...rankAfter(1), ...rankAfter(4)])).toEqual(new Set([2]));
    expect(new Set(rankAfter(8))).toEqual(new Set([4]));
    expect(new Set(rankAfter(12))).toEqual(new Set([6]));
    session.destroy();
  });

  test("a run goes back to its start to the bit, and its weights to those of the checkpoint", async () => {
    const device = await open();
    const session = await nanoSession(device, { ...merging, ...gpt });
    const start = await weightsOf(device, session);
    for (const [name, values] of start) expect(values).toEqual(session.model.tensors.get(name)!.values);
    const first = await takeSteps(session, 12);
    for (const [name, values] of await weightsOf(device, session)) expect(values).not.toEqual(start.get(name));
    await session.reset();
    expect(await weightsOf(device, session)).toEqual(start);
    expect(await takeSteps(session, 12)).toEqual(first);
    session.destroy();
  });

  test.each([3, 4, 6, 11])("a run that was saved after %d steps goes on elsewhere to the bit", async (after) => {
    const device = await open();
    const [first, second] = [await nanoSession(device, merging), await nanoSession(device, merging)];
    await takeSteps(first, after);
    const state = await saved(first);
    const rest = await takeSteps(first, 12 - after);
    await second.restore(state);
    expect(await takeSteps(second, 12 - after)).toEqual(rest);
    expect(await weightsOf(device, second)).toEqual(await weightsOf(device, first));
    for (const session of [first, second]) session.destroy();
  });
});

describe("a run that was saved at its end", () => {
  test("goes on with more steps as if it had had them from the start", async () => {
    const device = new CpuDevice();
    const [short, long] = [await nanoSession(device, { ...merging, steps: 8 }), await nanoSession(device, merging)];
    await takeSteps(short, 8);
    const state = await saved(short);
    const whole = await takeSteps(long, 12);
    const resumed = await nanoSession(device, merging);
    await resumed.restore(state);
    expect((await takeSteps(resumed, 4)).losses).toEqual(whole.losses.slice(8));
    for (const session of [short, long, resumed]) session.destroy();
  });

  test("is refused by a run that is too short for what it has merged", async () => {
    const device = new CpuDevice();
    const long = await nanoSession(device, merging);
    await takeSteps(long, 12);
    const short = await nanoSession(device, { ...merging, steps: 6 });
    await expect(short.restore(await saved(long))).rejects.toThrow(
      "has changed the rank of its updates more often than one of 6 steps does",
    );
    for (const session of [long, short]) session.destroy();
  });
});

test("nothing is merged once updates have stopped", async () => {
  for (const device of [new CpuDevice(), await testGpu()]) {
    const session = await nanoSession(device, { ...merging, stateReset: 0.5 });
    await takeSteps(session, 3);
    writeTensor(device, session.network.arena.clip, [-1]);
    const before = [await session.state(), await weightsOf(device, session)] as const;
    await takeSteps(session, 1);
    expect((await session.state()).parts).toEqual(before[0].parts);
    expect(await weightsOf(device, session)).toEqual(before[1]);
    session.destroy();
  }
});

test("a step that merges is one submission and makes no buffer", async () => {
  const device = await testGpu();
  const session = await nanoSession(device, { ...merging, steps: 40, spectrumEvery: 40, accumulationSteps: 2 });
  await takeSteps(session, 1);
  const { submissions, buffersCreated, bindGroupsCreated, pipelinesCreated } = device.ledger;
  await takeSteps(session, 39);
  expect(device.ledger.submissions - submissions).toBe(39);
  expect(device.ledger).toMatchObject({ buffersCreated, bindGroupsCreated, pipelinesCreated, uncapturedErrors: 0 });
  session.destroy();
});

test("on a card, which keeps weights in the 16 bits of their checkpoint, those that are merged are float32", async () => {
  const device = new PlanningDevice({ maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 }, "hardware");
  const narrow = (model: LoadedModel): LoadedModel => ({
    ...model,
    tensors: new Map([...model.tensors].map(([name, tensor]) => [name, { ...tensor, format: "bfloat16" }])),
  });
  const config = { ...nanoConfig, ...merging };
  const { network } = await TrainingSession.prepare(device, config, nanoSources, () => {}, narrow);
  const merged = new Set(network.scheduled!.weights.keys());
  expect(merged.size).toBe(4);
  for (const forward of [network.forward(new Tape(device)), network.pretrained(new Tape(device))]) {
    for (const { name, anyFormat } of network.transformer.tensors) {
      const { format } = forward.weights.get(name)!.storage;
      expect(format, name).toBe(anyFormat && !merged.has(name) ? "bfloat16" : "float32");
    }
  }
});

test("updates of more columns than can be made orthonormal are measured as matrices", async () => {
  const session = await nanoSession(new CpuDevice(), { ...merging, mergeEvery: 1, rewarmupSteps: 0, steps: 10 });
  const { spectra } = await takeSteps(session, 10);
  expect(session.summary.spectrumIsExact).toBe(false);
  const width = widthOf(session.summary.measured.spectrum!);
  expect(
    spectra
      .at(-1)!
      .subarray(0, width)
      .filter((value) => value > 0).length,
  ).toBeGreaterThan(plain.rank);
  session.destroy();
});

describe("settings", () => {
  const chosen: RunConfig = { ...defaultConfig, method: "lora", rankSchedule: "relora" };
  const said = (change: Partial<RunConfig>) => problemsOf({ ...chosen, ...change });

  test("of a schedule go with adapters that can start again, and are refused beside the field with all else", () => {
    expect(said({})).toEqual([]);
    expect(said({ method: "lora-paper" })).toEqual([]);
    for (const method of ["full", "head", "deep-lora-full", "deep-lora-compressed", "vera", "dora", "hira"] as const) {
      const [problem, ...others] = said({ method });
      expect(others).toEqual([]);
      expect(problem!.field).toBe("rankSchedule");
      expect(problem!.problem).toContain("choose LoRA or LoRA, the paper's baseline, or leave the rank fixed");
    }
  });

  test("of a schedule are refused where an adapter keeps its start beside its factors", () => {
    const { parameters } = adapters.lora;
    const anchored: Adapter = {
      ...(adapters.lora as Adapter),
      parameters: (shape, own) => ({
        ...parameters(shape, own as never),
        A0: { shape: [2, shape.inFeatures], rate: "constant" },
      }),
    };
    const run = { method: "LoRA", adapter: { adapter: anchored, settings: { ...chosen } }, rank: 2, steps: 100 };
    const [problem] = rankSchedules.relora.problems(chosen, run);
    expect(problem).toMatchObject({
      field: "rankSchedule",
      problem: expect.stringMatching(/another start of the factors/),
    });
    expect(
      rankSchedules.relora.problems(chosen, { ...run, adapter: { ...run.adapter, adapter: adapters.lora } }),
    ).toEqual([]);
  });

  test.each<[Partial<RunConfig>, string, RegExp]>([
    [{ mergeEvery: 100 }, "mergeEvery", /ends before its first merge; choose fewer than 100/],
    [
      { mergeEvery: 1, rewarmupSteps: 0, rank: 16 },
      "mergeEvery",
      /100 pairs of rank 16 .* choose at least 2, or a lower rank/,
    ],
    [{ rewarmupSteps: 25 }, "rewarmupSteps", /not be back before the next merge; choose fewer than 25/],
  ])("%j are refused by name, with what to do", (change, field, text) => {
    const problems = said(change);
    expect(problems.map((each) => each.field)).toEqual([field]);
    expect(problems[0]!.problem).toMatch(text);
  });

  test("what is proposed instead is accepted", () => {
    expect(said({ mergeEvery: 99, rewarmupSteps: 0 })).toEqual([]);
    expect(said({ mergeEvery: 2, rewarmupSteps: 0, rank: 16 })).toEqual([]);
    expect(said({ rewarmupSteps: 24 })).toEqual([]);
    expect(Object.keys(rankSchedules)).toContain(chosen.rankSchedule);
  });
});
