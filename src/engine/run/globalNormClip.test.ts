import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { persistent, readTensor, writeTensor } from "../ops/tensor.ts";
import { testGpu } from "../testing/devices.ts";
import { testNumbers } from "../testing/random.ts";
import { relativeError } from "../trust/check.ts";
import { globalNormClip } from "./globalNormClip.ts";
import { runOnce } from "./runOnce.ts";

const LENGTH = 192;
const given = testNumbers(LENGTH, 50);
const norm = Math.sqrt(given.reduce((sum, g) => sum + g * g, 0));

const devices = [
  ["in float64", () => new CpuDevice(Float64Array), 1e-13],
  ["on a GPU", testGpu, 1e-6],
] as const;

test.each(devices)(
  "has norm and factor of PyTorch's clip_grad_norm_, and stops at what is no number, %s",
  async (_, open, tolerance) => {
    const device = await open();
    const gradients = persistent(device, "gradients", [LENGTH]);
    const [clip, loss, metrics] = [
      persistent(device, "clip", [1]),
      persistent(device, "loss", [1]),
      persistent(device, "metrics", [2]),
    ];
    const run = async (maxNorm: number, values: ArrayLike<number>, lossValue = 1) => {
      writeTensor(device, gradients, values);
      writeTensor(device, loss, [lossValue]);
      await runOnce(device, new Workspace(device), "norm", (tape) =>
        globalNormClip(tape, { gradients, clip }, { maxNorm, loss, metrics }),
      );
      const [reported, found] = await readTensor(device, metrics);
      expect(reported).toBe(lossValue);
      return [found!, (await readTensor(device, clip))[0]!] as const;
    };
    for (const [maxNorm, factor] of [
      [0, 1],
      [2, 2 / (norm + 1e-6)],
      [2 * norm, 1],
    ] as const) {
      expect(relativeError(await run(maxNorm, given), [norm, factor])).toBeLessThan(tolerance);
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      writeTensor(device, clip, [1]);
      expect((await run(2, given.with(100, value)))[1]).toBe(-1);
      // From then on, whatever comes.
      expect((await run(2, given))[1]).toBe(-1);
      writeTensor(device, clip, [1]);
      expect((await run(2, given, value))[1]).toBe(-1);
    }
  },
);
