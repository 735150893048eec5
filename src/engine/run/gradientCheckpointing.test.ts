import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { CpuDevice } from "../device/cpu.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { familyNames, loadFamily } from "../testing/families.ts";
import { measureTraining } from "../testing/familyParity.ts";
import { NANO_T5, nanoSession, takeSteps } from "../testing/runs.ts";
import { estimateMemory } from "./estimate.ts";

const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };

test.each<Partial<RunConfig>>([
  { dropout: 0.2 },
  { method: "full", learningRate: 0.002, pairing: "packed" },
  { method: "lora", model: "pd-gpt", task: "kjv", dropout: 0.1 },
  {
    model: "pd-gpt",
    task: "kjv",
    kernels: "wide=plain,narrow=plain,long=plain,small=plain,attention=fused",
    accumulationSteps: 2,
  },
  { method: "full", model: NANO_T5, task: "king-james", learningRate: 0.002 },
])("blocks that are computed again train to the same bits, with %j", async (settings) => {
  const runs = [];
  for (const gradientCheckpointing of ["off", "on"] as const) {
    const session = await nanoSession(await testGpu(), { ...settings, gradientCheckpointing });
    runs.push(await takeSteps(session, 12));
    session.destroy();
  }
  const [off, on] = runs;
  expect(on).toEqual(off);
});

test.each(familyNames)("%s comes to the same when its blocks are computed again", async (name) => {
  const family = await loadFamily(name);
  const device = new CpuDevice(Float64Array);
  const kept = await measureTraining(device, family, "lora");
  expect(await measureTraining(device, family, "lora", { checkpointing: true })).toEqual(kept);
});

test("what blocks compute takes less memory when it is not kept", async () => {
  const config: RunConfig = { ...defaultConfig, model: "pd-gpt", task: "kjv" };
  const [kept, recomputed] = [
    await estimateMemory(config, diskSources, limits),
    await estimateMemory({ ...config, gradientCheckpointing: "on" }, diskSources, limits),
  ];
  expect(recomputed.peakBytes).toBeLessThan(0.65 * kept.peakBytes);
});
