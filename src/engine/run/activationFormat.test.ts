import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { CpuDevice } from "../device/cpu.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { NANO_T5, nanoSession, takeSteps } from "../testing/runs.ts";
import { estimateMemory } from "./estimate.ts";

const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };

async function lossesOf(device: ConstructorParameters<typeof CpuDevice>[0] | "gpu", config: Partial<RunConfig>) {
  const session = await nanoSession(device === "gpu" ? await testGpu() : new CpuDevice(device), config);
  const { losses } = await takeSteps(session, 8);
  session.destroy();
  return losses;
}

test.each<Partial<RunConfig>>([
  {},
  { method: "full", learningRate: 0.002, pairing: "packed" },
  { method: "lora", dropout: 0.1, gradientCheckpointing: "on" },
  { model: "pd-gpt", task: "kjv", accumulationSteps: 2 },
  { model: NANO_T5, task: "king-james", method: "lora" },
])("activations in 16 bits move losses a little, and repeat: %j", async (config) => {
  const wide = await lossesOf(Float32Array, config);
  const narrow = await lossesOf(Float32Array, { ...config, activationFormat: "float16" });
  expect(await lossesOf(Float32Array, { ...config, activationFormat: "float16" })).toEqual(narrow);
  // The forward pass of the first step is computed from the same numbers, unless bases came of a gradient.
  if (config.method) expect(narrow[0]).toBe(wide[0]);
  expect(narrow).not.toEqual(wide);
  narrow.forEach((loss, step) => {
    // A half has eleven bits; gradients of some steps add up.
    expect(Math.abs(loss - wide[step]!) / wide[step]!, `step ${step}`).toBeLessThan(5e-3);
  });
});

test("a GPU takes the same steps in 16 bits as the references", async () => {
  const config = { model: "pd-gpt", task: "kjv", activationFormat: "float16" } as const;
  const exact = await lossesOf(Float64Array, config);
  const gpu = await lossesOf("gpu", config);
  gpu.forEach((loss, step) => {
    // Where float32 falls on the other side of a half's rounding than float64, one half differs by its last bit.
    expect(Math.abs(loss - exact[step]!) / exact[step]!, `step ${step}`).toBeLessThan(2e-3);
  });
});

test.each(["pd-bert", "pd-gpt"] as const)(
  "%s takes about seven tenths of the memory when its activations are stored in 16 bits",
  async (model) => {
    const config: RunConfig = {
      ...defaultConfig,
      model,
      task: model === "pd-gpt" ? "kjv" : "verse-sts",
      batchSize: 64,
    };
    const [wide, narrow] = [
      await estimateMemory(config, diskSources, limits),
      await estimateMemory({ ...config, activationFormat: "float16" }, diskSources, limits),
    ];
    expect(narrow.peakBytes).toBeLessThan(0.74 * wide.peakBytes);
  },
);
