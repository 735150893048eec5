import { expect, test } from "vitest";
import type { RunConfig } from "../settings/config.ts";
import { testGpu, testGpuInCompatibilityMode } from "../testing/devices.ts";
import { nanoSession, takeSteps } from "../testing/runs.ts";

const choice = "wide=quads,narrow=quads,long=quads,small=quads";

test.each<Partial<RunConfig>>([
  {},
  { model: "pd-gpt", task: "kjv", kernels: `${choice},attention=fused` },
  { method: "deep-lora-full", gradientCheckpointing: "on" },
])("a device in compatibility mode takes the steps of one in core to the bit: %o", async (config) => {
  const runs = [];
  for (const device of [await testGpu(), await testGpuInCompatibilityMode()]) {
    const session = await nanoSession(device, config);
    runs.push(await takeSteps(session, 6));
    session.destroy();
  }
  expect(runs[1]!.losses).toEqual(runs[0]!.losses);
  expect(runs[1]!.spectra).toEqual(runs[0]!.spectra);
});

test("reductions in subgroups repeat to the bit, and move losses in their last digits alone", async () => {
  const device = await testGpu();
  expect(device.description.subgroupSize).toBeGreaterThanOrEqual(4);
  const runs = [];
  for (const kernels of [choice, `${choice},reductions=subgroups`, `${choice},reductions=subgroups`]) {
    const session = await nanoSession(device, { kernels });
    runs.push((await takeSteps(session, 6)).losses);
    session.destroy();
  }
  const [plain, once, again] = runs as [number[], number[], number[]];
  expect(again).toEqual(once);
  expect(once).not.toEqual(plain);
  // Sums of up to 64 columns in another order.
  once.forEach((loss, step) => {
    expect(Math.abs(loss - plain[step]!) / plain[step]!, `step ${step}`).toBeLessThan(1e-4);
  });
});
