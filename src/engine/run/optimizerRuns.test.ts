import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { type OptimizerName, optimizers } from "../methods/optimizers/index.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { applies, problemsOf } from "../settings/problems.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSession, takeSteps } from "../testing/runs.ts";

const names = Object.keys(optimizers) as OptimizerName[];
const full = { method: "full", projectionRank: 2, refreshEvery: 2, steps: 12, learningRate: 0.003 } as const;

describe.each(names)("a run with %s", (optimizer) => {
  test("takes one submission a step and makes no buffer", async () => {
    const device = await testGpu();
    const { ledger } = device;
    const session = await nanoSession(device, { ...full, optimizer, spectrumEvery: 100 });
    await takeSteps(session, 2);
    const [submissions, buffers] = [ledger.submissions, ledger.buffersCreated];
    await takeSteps(session, 4);
    expect(ledger.submissions - submissions).toBe(4);
    expect(ledger.buffersCreated - buffers).toBe(0);
    session.destroy();
  });

  test("comes to the same in two micro-batches", async () => {
    const losses = async (microBatches: number) => {
      const session = await nanoSession(new CpuDevice(Float64Array), {
        ...full,
        optimizer,
        accumulationSteps: microBatches,
      });
      return (await takeSteps(session, 6)).losses;
    };
    const [whole, parts] = [await losses(1), await losses(2)];
    // Sums in another order; a subspace may turn by what they differ in.
    for (const [step, loss] of whole.entries()) expect(parts[step]! / loss).toBeCloseTo(1, 6);
  });

  test("says what it does not go together with beside a field, and lists its own settings alone", () => {
    const entry = optimizers[optimizer];
    const others = names.flatMap((name) => Object.keys(optimizers[name].fields));
    for (const field of others as (keyof RunConfig)[]) {
      if (!Object.hasOwn(entry.fields, field))
        expect(applies(field, { ...defaultConfig, optimizer }), field).toBe(false);
    }
    for (const method of ["full", "lora", "head"] as const) {
      const problems = problemsOf({ ...nanoConfig, maxTokens: 12, method, optimizer });
      for (const { field, problem } of problems) {
        expect(field).toBe("optimizer");
        expect(problem).toMatch(/; choose /);
      }
    }
  });
});
