import { describe, expect, test } from "vitest";
import { diskSources } from "../../../../tools/disk.ts";
import { CpuDevice } from "../../device/cpu.ts";
import { writeTensor } from "../../ops/tensor.ts";
import { estimateMemory } from "../../run/estimate.ts";
import { TrainingSession } from "../../run/session.ts";
import { defaultConfig, type RunConfig } from "../../settings/config.ts";
import { problemsOf } from "../../settings/problems.ts";
import { testGpu } from "../../testing/devices.ts";
import { difference, goldenBench, goldenDevices } from "../../testing/goldenOptimizers.ts";
import { nanoConfig, nanoSession, takeSteps } from "../../testing/runs.ts";
import goldens from "./goldens/galore.json";
import { product } from "./hostProduct.ts";

describe("against its authors' program", () => {
  const settingsOf = ({ r, scale, gap }: { r: number; scale: number; gap: number }) => ({
    ...{ projectionRank: r, projectionScale: scale, refreshEvery: gap },
    // The judge's basis is that of an SVD.
    powerIterations: 32,
  });

  const runs = goldenDevices.flatMap((device) => goldens.cases.map((each) => [each.id, ...device, each] as const));

  test.each(runs)("%s %s, with the judge's bases", async (_, __, open, tolerance, each) => {
    const device = await open();
    const { bench, parameter } = goldenBench(device, "galore", each, settingsOf(each.hyper));
    const bases: Record<number, readonly number[]> = { 1: each.log.basis_1, 4: each.log.basis_4 };
    for (let step = 1; step <= 6; step++) {
      await bench.begin();
      const basis = bases[step];
      if (basis) writeTensor(device, bench.arena.get(parameter.name).state.basis!, basis);
      await bench.update();
      const expected = (each.params as Record<string, readonly number[]>)[step];
      if (expected)
        expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
    }
  });

  test.each(runs)("%s %s, with bases of its own up to the second refresh", async (_, __, open, tolerance, each) => {
    const { bench, parameter } = goldenBench(await open(), "galore", each, settingsOf(each.hyper));
    const [, rows, cols] = parameter.shape as [number, number, number];
    for (let step = 1; step <= 6; step++) {
      await bench.begin();
      await bench.refresh();
      const { basis } = await bench.state(parameter.name);
      const rank = each.hyper.r;
      const gradient = parameter.gradient(step - 1);
      const isRight = rows >= cols;
      const size = Math.min(rows, cols);
      const projector = product(
        [size, rank, size],
        (i, k) => basis![i * rank + k]!,
        (k, j) => basis![j * rank + k]!,
      );
      const g = (i: number, j: number) => gradient[i * cols + j]!;
      const p = (i: number, j: number) => projector[i * size + j]!;
      const back = isRight ? product([rows, cols, cols], g, p) : product([rows, rows, cols], p, g);
      const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
      if (step === 1) expect(difference(back, each.log.project_back_1)).toBeLessThan(tolerance);
      expect(Math.abs(squares(back) / squares(gradient) - each.log.energy[step - 1]!), `energy ${step}`).toBeLessThan(
        tolerance,
      );
      await bench.update();
      const expected = (each.params as Record<string, readonly number[]>)[step];
      if (expected && step <= 3)
        expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
    }
  });
});

/** Full fine-tuning of pd-gpt as in its presets, in batches of 8. */
const usual = { ...defaultConfig, model: "pd-gpt", method: "full", batchSize: 8, projectionRank: 8 } as const;

test.each([
  ["kjv", 48, "off", 0.26],
  ["kjv", 48, "on", 0.38],
  ["king-james", 72, "off", 0.18],
  ["king-james", 72, "on", 0.29],
] as const)(
  "rank 8 takes its share off AdamW's peak: %s, %i tokens, checkpointing %s",
  async (task, maxTokens, gradientCheckpointing, share) => {
    const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
    const peakOf = async (optimizer: RunConfig["optimizer"]) => {
      const config: RunConfig = { ...usual, task, maxTokens, gradientCheckpointing, optimizer };
      return (await estimateMemory(config, diskSources, limits)).peakBytes;
    };
    expect(await peakOf("galore")).toBeLessThan((1 - share) * (await peakOf("adamw")));
  },
);

test("rank 8 takes at least 25 % off the peak of pd-gpt's preset kjv, in the ledger of a device as in the estimate", async () => {
  const device = await testGpu();
  const { ledger } = device;
  const peakOf = async (optimizer: RunConfig["optimizer"]) => {
    const config: RunConfig = { ...usual, task: "kjv", shots: "all", optimizer };
    const estimate = await estimateMemory(config, diskSources, device.description);
    const before = ledger.liveBytes;
    ledger.peakBytes = before;
    const session = await TrainingSession.prepare(device, config, diskSources, () => {});
    await takeSteps(session, 1);
    const peak = ledger.peakBytes - before;
    expect(Math.abs(peak - estimate.peakBytes)).toBeLessThanOrEqual(512);
    session.destroy();
    return peak;
  };
  expect(await peakOf("galore")).toBeLessThan(0.75 * (await peakOf("adamw")));
}, 240_000);

test("is refused with an adapter beside the field, and with a rank that a layer cannot have", async () => {
  const change = { optimizer: "galore" } as const;
  expect(problemsOf({ ...nanoConfig, ...change, method: "full" })).toEqual([]);
  expect(problemsOf({ ...nanoConfig, ...change, method: "lora" })).toMatchObject([{ field: "optimizer" }]);
  const open = (other: Partial<RunConfig>) => nanoSession(new CpuDevice(), { ...change, ...other });
  await expect(open({ method: "lora" })).rejects.toThrow("whole weight matrices");
  await expect(open({ method: "full", projectionRank: 64 })).rejects.toThrow("rank 64 is more than");
});
