import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import { aligned, type Device } from "../../device/device.ts";
import type { Field } from "../../field.ts";
import { sizeOf } from "../../ops/tensor.ts";
import { readSnapshot, writeSnapshot } from "../../run/snapshot.ts";
import { defaultConfig, type RunConfig } from "../../settings/config.ts";
import { testGpu } from "../../testing/devices.ts";
import { type GivenParameter, OptimizerBench } from "../../testing/optimizers.ts";
import { testNumbers } from "../../testing/random.ts";
import { nanoSession, takeSteps } from "../../testing/runs.ts";
import { relativeError } from "../../trust/check.ts";
import { type OptimizerName, optimizers, optimizersOf } from "./index.ts";
import type { ChosenOptimizer, Optimizer } from "./optimizer.ts";

const names = Object.keys(optimizers) as OptimizerName[];

const parameter = (name: string, shape: readonly number[], seed: number, group = {}): GivenParameter => ({
  ...{ name, shape, group },
  start: Float64Array.from(testNumbers(sizeOf(shape), seed), Math.fround),
  gradient: (step) => Float64Array.from(testNumbers(sizeOf(shape), seed + 100 + step), Math.fround),
});

const decay = { weightDecay: 0.1 };
const given = [
  parameter("tall", [2, 9, 5], 1, decay),
  parameter("head", [6, 11], 2, decay),
  parameter("wide", [3, 4, 7], 3, { rate: 0.5 }),
  parameter("frozen", [2, 5, 4], 4, { rate: 0 }),
  parameter("bias", [70], 5),
];

/** Settings under which everything that an entry does is seen within six steps. */
const settings = { ...defaultConfig, projectionRank: 3, refreshEvery: 4, powerIterations: 32 };
const settingsOf = (optimizer: OptimizerName) => ({ ...settings, optimizer });

const bench = (device: Device, chosen: readonly ChosenOptimizer[]) =>
  new OptimizerBench(device, given, chosen, { clip: 0.5 });

describe.each(names)("%s", (name) => {
  const entry: Optimizer = optimizers[name];
  const chosen = optimizersOf(settingsOf(name));

  /** Six steps beside those of the reference. */
  async function followsReference(device: Device, own: RunConfig, tolerance: number): Promise<void> {
    const run = bench(device, optimizersOf(own));
    for (let step = 0; step < 6; step++) {
      await run.begin();
      await run.refresh();
      const expected = await Promise.all(
        given.map(async (each) => [each.name, await run.hostParts(each.name)] as const),
      );
      await run.update();
      for (const [name, parts] of expected) {
        const { optimizer } = run.arena.segments.find(({ parameters }) =>
          parameters.some((each) => each.name === name),
        )!;
        for (const part of parts) optimizer.reference(part, { t: step + 1, learningRate: 0.02, clip: 0.5 }, own);
        const joined = (pick: (part: (typeof parts)[number]) => Float64Array) =>
          parts.flatMap((part) => [...pick(part)]);
        const values = joined(({ value }) => value);
        expect(relativeError(await run.value(name), values), `${name} at ${step}`).toBeLessThan(tolerance);
        if (name === "frozen") continue;
        for (const [key, kept] of Object.entries(await run.state(name))) {
          const stated = joined(({ state }) => state[key]!);
          expect(relativeError(kept, stated), `${key} of ${name}`).toBeLessThan(tolerance);
        }
      }
    }
    run.arena.destroy();
  }

  test.each([
    ["in float64", () => new CpuDevice(Float64Array), 1e-11],
    // Float32, and for Muon the condition of its polynomial.
    ["on a GPU", testGpu, 1e-5],
  ] as const)("takes the steps of its reference, %s", async (_, open, tolerance) =>
    followsReference(await open(), settingsOf(name), tolerance),
  );

  const choices = Object.entries<Field>(entry.fields).flatMap(([own, field]) => {
    const options = field.kind === "choice" ? Object.keys(field.options) : [];
    return options.filter((option) => option !== field.initial).map((option) => [own, option] as const);
  });

  test.each(choices)("takes them with %s = %s too", (field, option) =>
    followsReference(new CpuDevice(Float64Array), { ...settingsOf(name), [field]: option }, 1e-11),
  );

  test("moves everything that has a rate, and nothing else", async () => {
    const run = bench(new CpuDevice(Float64Array), chosen);
    await run.take();
    for (const { name: own, start } of given) {
      const moved = (await run.value(own)).filter((value, at) => value !== start[at]).length;
      expect(moved, own).toBe(own === "frozen" ? 0 : start.length);
    }
  });

  test("changes nothing once updates have stopped, whatever the gradients hold", async () => {
    for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
      const broken = given.map((each) => ({
        ...each,
        gradient: (step: number) => each.gradient(step).map((g, at) => (step >= 4 && at % 7 === 3 ? Number.NaN : g)),
      }));
      const run = new OptimizerBench(device, broken, chosen);
      await run.take(4);
      const before = await run.everything();
      run.setClip(-1);
      await run.take(2);
      expect(await run.everything()).toEqual(before);
      run.arena.destroy();
    }
  });

  test("takes the clip factor for a factor of all gradients", async () => {
    const halved = given.map((each) => ({
      ...each,
      gradient: (step: number) => each.gradient(step).map((g) => g / 2),
    }));
    const [clipped, small] = [
      bench(new CpuDevice(Float64Array), chosen),
      new OptimizerBench(new CpuDevice(Float64Array), halved, chosen),
    ];
    await clipped.take(4);
    await small.take(4);
    for (const { name: own } of given)
      expect(relativeError(await clipped.value(own), await small.value(own)), own).toBeLessThan(1e-9);
  });

  test("gives the same with one segment and with several", async () => {
    const split = chosen.flatMap(({ optimizer, settings: own }) =>
      ["tall", "rest"].map((part) => ({
        optimizer: {
          ...optimizer,
          takes: (each: { shape: readonly number[] }) =>
            optimizer.takes(each) && (part === "rest" || each.shape.join() === "2,9,5" || each.shape.join() === "70"),
        },
        settings: own,
      })),
    );
    const one = bench(new CpuDevice(Float64Array), chosen);
    const several = bench(new CpuDevice(Float64Array), split);
    expect(several.arena.segments.length).toBeGreaterThan(one.arena.segments.length);
    // Of a subspace only the span is decided, and moments that outlive one depend on more.
    await one.take(entry.digest ? 4 : 6);
    await several.take(entry.digest ? 4 : 6);
    const [a, b] = [await one.everything(), await several.everything()];
    expect(Object.keys(a)).toEqual(Object.keys(b));
    if (!entry.digest) expect(b).toEqual(a);
    for (const { name: own } of given) expect(relativeError(b[own]!, a[own]!), own).toBeLessThan(1e-9);
  });

  test("keeps what it says, and no more is allocated", () => {
    const device = new CpuDevice();
    const before = device.ledger.liveBytes;
    const run = bench(device, chosen);
    const said = given.flatMap((each) => {
      const { optimizer, settings: own } = chosen.find(({ optimizer: { takes } }) => takes(each))!;
      return Object.entries(optimizer.state(each, own)).map(([key, shape]) => [
        `${key} of ${each.name}`,
        sizeOf(shape),
      ]);
    });
    expect(run.stateSizes).toEqual(Object.fromEntries(said));
    // Every buffer ends at a multiple of 64 elements; clip, stepScalars and group table come besides.
    const bytes = ({ shape }: { readonly shape: readonly number[] }) => 4 * aligned(sizeOf(shape));
    const { values, segments } = run.arena;
    const kept = segments.flatMap(({ segment }) => [segment.groupOfBlock, ...Object.values(segment.state)]);
    const expected = 3 * bytes(values) + kept.reduce((sum, tensor) => sum + bytes(tensor), 0) + 3 * 4 * 64;
    expect(device.ledger.liveBytes - before).toBe(expected);
    run.arena.destroy();
    expect(device.ledger.liveBytes - before).toBe(4 * 64);
  });

  test("a run that was saved goes on with the same losses to the bit, and lowers them", async () => {
    const rate = entry.learningRate ?? 0.003;
    const own = {
      method: "full",
      optimizer: name,
      learningRate: rate,
      schedule: "constant",
      projectionRank: 2,
    } as const;
    const config = { ...own, refreshEvery: 3, steps: 12, batchSize: 16, headLearningRate: rate };
    const first = await nanoSession(new CpuDevice(), config);
    const { losses } = await takeSteps(first, 7);
    const notes = { title: "", note: "" };
    const file = await writeSnapshot({
      config: first.config,
      notes,
      model: "0".repeat(64),
      state: await first.state(),
    });
    const rest = await takeSteps(first, 5);
    expect(rest.losses.at(-1)!).toBeLessThan(losses[0]!);
    await first.reset();
    expect((await takeSteps(first, 7)).losses).toEqual(losses);

    const second = await nanoSession(new CpuDevice(), config);
    await second.restore((await readSnapshot(file)).state);
    expect((await takeSteps(second, 5)).losses).toEqual(rest.losses);
  });

  test("says what it is", () => {
    expect(entry.label).not.toBe("");
    expect(entry.source).toMatch(/\d{4}/);
    expect(entry.equation).toContain("W ← W");
    for (const field of Object.values(entry.fields)) expect(field.help).toMatch(/\.$/);
  });
});
