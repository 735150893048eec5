import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSession, nanoSources } from "../testing/runs.ts";
import { estimateMemory } from "./estimate.ts";
import { metricsLines } from "./metricsLog.ts";

/** Losses and everything that was measured on the way, over two runs with a reset between them. */
async function twice(device: Device, config: Partial<RunConfig>) {
  const session = await nanoSession(device, { steps: 6, spectrumEvery: 3, ...config });
  const runs = [];
  for (let run = 0; run < 2; run++) {
    const [losses, measured] = [[] as number[], [] as { diagnostic: string; step: number; values: number[] }[]];
    for (let step = 0; step < 6; step++) {
      await session.room();
      const submitted = session.submitStep();
      losses.push((await submitted.metrics).loss);
      for (const { diagnostic, values } of submitted.measured)
        measured.push({ diagnostic, step: step + 1, values: [...(await values)] });
    }
    runs.push({ losses, measured });
    await session.reset();
  }
  const { summary } = session;
  session.destroy();
  return { ...runs[0]!, again: runs[1]!, summary };
}

test.each([
  ["lora", {}],
  ["deep-lora-compressed", {}],
  ["full", { learningRate: 0.002 }],
  ["deep-lora-full", { model: "pd-gpt", task: "kjv" }],
  ["full", { model: "pd-gpt", task: "kjv", learningRate: 0.002 }],
] as const)("the update of %s is compared with the first gradient and moves by no bit: %o", async (method, change) => {
  const device = await testGpu();
  const plain = await twice(device, { ...change, method });
  const { losses, measured, again, summary } = await twice(device, { ...change, method, alignment: 3 });
  expect(losses).toEqual(plain.losses);
  expect(again).toEqual({ losses, measured });
  expect(measured.map(({ diagnostic, step }) => [diagnostic, step])).toEqual([
    ["spectrum", 3],
    ["alignment", 3],
    ["spectrum", 6],
    ["alignment", 6],
  ]);
  expect(summary.measured.alignment).toEqual([
    { name: "output", count: 3 },
    { name: "input", count: 3 },
  ]);
  const values = measured[1]!.values;
  expect(values.length).toBe(6 * summary.layers.length);
  expect(values.every((value) => value >= 0 && value < 1 + 1e-4)).toBe(true);
});

test("compressed Deep LoRA on spectral bases begins within the first gradient's directions, on both sides", async () => {
  const config = { method: "deep-lora-compressed", bases: "spectral", rank: 3, alignment: 3, gamma: 0 } as const;
  const { measured } = await twice(new CpuDevice(Float64Array), config);
  const [first] = measured.filter(({ diagnostic }) => diagnostic === "alignment");
  for (const value of first!.values) expect(Math.abs(value - 1)).toBeLessThan(1e-3);
});

test("with the head alone there is no update, and nothing is measured", async () => {
  const { measured, summary } = await twice(new CpuDevice(Float64Array), { method: "head", alignment: 3 });
  expect([measured, summary.measured]).toEqual([[], {}]);
});

test("a run that keeps a gradient says beforehand what memory it takes, and gives it back", async () => {
  const device = await testGpu();
  await (await nanoSession(device)).destroy();
  const config = { ...nanoConfig, method: "lora", alignment: 3 } as const;
  const before = device.ledger.liveBytes;
  const session = await nanoSession(device, config);
  const took = device.ledger.liveBytes - before;
  session.destroy();
  expect(device.ledger.liveBytes).toBe(before);
  const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31, kind: "software" } as const;
  expect(Math.abs((await estimateMemory(config, nanoSources, limits)).liveBytes - took)).toBeLessThanOrEqual(512);
});

test("a log names diagnostic, tensor and column", () => {
  const tensor = "encoder.layer.0.attention.self.query.weight";
  const summary = {
    layers: [{ tensor }, { tensor: "pooler.dense" }],
    measured: { spectrum: [{ name: "sv", count: 2 }], alignment: [{ name: "output" }, { name: "input" }] },
  } as unknown as Parameters<typeof metricsLines>[1];
  const line = (diagnostic: "spectrum" | "alignment") =>
    metricsLines({ type: "measured", diagnostic, step: 4, values: Float32Array.of(4, 3, 2, 1) }, summary);
  expect(line("spectrum")).toEqual([
    { _step: 4, "spectrum/encoder.layer.0.attention.self.query/sv": [4, 3], "spectrum/pooler.dense/sv": [2, 1] },
  ]);
  expect(line("alignment")).toEqual([
    {
      _step: 4,
      "alignment/encoder.layer.0.attention.self.query/output": 4,
      "alignment/encoder.layer.0.attention.self.query/input": 3,
      "alignment/pooler.dense/output": 2,
      "alignment/pooler.dense/input": 1,
    },
  ]);
});

describe("what is measured before the first step", () => {
  test.each([
    ["deep-lora-compressed", 1e-3],
    ["deep-lora-narrow", 1e-3],
    ["deep-lora-full", undefined],
    ["lora", 0],
    ["dora", 0],
    ["full", 0],
  ] as const)(
    "of %s is how it starts, in finite numbers, and moves no bit of what follows",
    async (method, expected) => {
      const config = { method, initScale: 0.1, alignment: 2 } as const;
      const [device, control] = [new CpuDevice(), new CpuDevice()];
      const [session, plain] = [await nanoSession(device, config), await nanoSession(control, config)];
      const start = await Promise.all(session.measure().map(({ values }) => values));
      expect(start.length).toBe(2);
      for (const values of start) expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      const [spectrum] = start;
      if (expected !== undefined) for (const value of spectrum!) expect(value).toBeCloseTo(expected, 6);
      for (let step = 0; step < 3; step++) {
        const [own, other] = [session, plain].map((each) => each.submitStep(true));
        expect((await own!.metrics).loss).toBe((await other!.metrics).loss);
        for (const [at, { values }] of own!.measured.entries())
          expect([...(await values)]).toEqual([...(await other!.measured[at]!.values)]);
      }
      session.destroy();
      plain.destroy();
    },
  );
});
