import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../../device/cpu.ts";
import type { Device } from "../../../device/device.ts";
import { stepScalars } from "../../../kernels/stepScalars.ts";
import { Workspace } from "../../../ops/memoryPlan.ts";
import { randomNormal } from "../../../ops/random.ts";
import { memoryOf, persistent, readTensor, stacked, writeTensor } from "../../../ops/tensor.ts";
import { runOnce } from "../../../run/runOnce.ts";
import { defaultConfig } from "../../../settings/config.ts";
import { testGpu } from "../../../testing/devices.ts";
import { testNumbers } from "../../../testing/random.ts";
import { projectors } from "./index.ts";
import { PROJECTION_STREAM, type Projector } from "./projector.ts";

const LAYERS = 2;
const RANK = 3;

/** Bases of two layers' gradients [9, 5] or [5, 9], the smaller side's. */
async function basesOf(device: Device, { basis }: Projector, side: "left" | "right", step: number) {
  const shape = side === "right" ? [LAYERS, 9, 5] : [LAYERS, 5, 9];
  const gradient = persistent(device, "gradient", shape, stacked(shape));
  writeTensor(device, gradient, testNumbers(LAYERS * 45, 1));
  const scalars = persistent(device, "stepScalars", [64]);
  writeTensor(device, scalars, stepScalars({ step, seedLow: 7 }));
  const kept = persistent(device, "bases", [LAYERS, 5, RANK], stacked([LAYERS, 5, RANK]));
  const workspace = new Workspace(device);
  await runOnce(device, workspace, "bases", (tape) => {
    const random = (rows: number, cols: number) =>
      randomNormal(tape, [LAYERS, rows, cols], scalars, { stream: PROJECTION_STREAM });
    const request = { gradient, side, rank: RANK, random };
    const found = basis(tape, request, defaultConfig);
    expect(found.shape).toEqual(kept.shape);
    expect(found.strides).toEqual(kept.strides);
    tape.copy(found, kept);
  });
  const values = await readTensor(device, kept);
  workspace.destroy();
  for (const tensor of [gradient, scalars, kept]) memoryOf(tensor).destroy();
  return values;
}

describe.each(Object.entries<Projector>(projectors))("%s", (_, entry) => {
  test.each([
    ["in float64", async () => new CpuDevice(Float64Array), 1e-12],
    ["on WebGPU", testGpu, 1e-5],
  ] as const)("gives orthonormal bases of either side, and the same again, %s", async (_, open, tolerance) => {
    const device = await open();
    for (const side of ["left", "right"] as const) {
      const found = await basesOf(device, entry, side, 0);
      const column = (layer: number, k: number) =>
        Array.from({ length: 5 }, (_, row) => found[(layer * 5 + row) * RANK + k]!);
      for (let layer = 0; layer < LAYERS; layer++) {
        for (let k = 0; k < RANK; k++) {
          for (let other = 0; other <= k; other++) {
            const product = column(layer, k).reduce((sum, x, at) => sum + x * column(layer, other)[at]!, 0);
            expect(Math.abs(product - (k === other ? 1 : 0)), `${side}: ${k} · ${other}`).toBeLessThan(tolerance);
          }
        }
      }
      expect(await basesOf(device, entry, side, 0)).toEqual(found);
    }
  });

  test("says what it is", () => {
    expect(entry.label).not.toBe("");
    expect(entry.source).toMatch(/\d{4}/);
    expect(entry.equation).toMatch(/^P = /);
    for (const field of Object.values(entry.fields)) expect(field.help).toMatch(/\.$/);
  });
});
