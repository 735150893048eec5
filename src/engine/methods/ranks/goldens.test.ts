import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { Workspace } from "../../ops/memoryPlan.ts";
import { memoryOf, persistent, readTensor, stacked, writeTensor } from "../../ops/tensor.ts";
import { runOnce } from "../../run/runOnce.ts";
import { testGpu } from "../../testing/devices.ts";
import { relativeError } from "../../trust/check.ts";
import { transposed } from "../adapters/transposed.ts";
import { relora } from "./relora.ts";

/** One layer [size, size] before and after a merge, and state before and after pruning. */
interface Golden {
  readonly rank: number;
  readonly scale: number;
  readonly size: number;
  readonly W0: readonly number[];
  readonly A: readonly number[];
  readonly B: readonly number[];
  readonly after: Readonly<Record<"W0" | "A" | "B", readonly number[]>>;
  readonly prune: { readonly share: number; readonly before: readonly number[]; readonly after: readonly number[] };
}

const golden: Golden = JSON.parse(readFileSync(path.join(import.meta.dirname, "goldens/relora.json"), "utf8"));

test.each([
  ["float64", 1e-10, async () => new CpuDevice(Float64Array)],
  ["WebGPU", 1e-6, testGpu],
] satisfies [string, number, () => Promise<Device>][])(
  "ReLoRA merges, restarts and prunes as its formula says, in %s",
  async (_, bound, open) => {
    const device = await open();
    const { rank, scale, size, after, prune } = golden;
    const place = (name: string, own: readonly number[], values: readonly number[]) => {
      const tensor = persistent(device, name, [1, ...own], stacked([1, ...own]));
      writeTensor(device, tensor, values);
      return tensor;
    };
    const zeros = Array<number>(size * rank).fill(0);
    const [A, B] = [place("A", [rank, size], golden.A), place("B", [size, rank], golden.B)];
    const fresh = { A: place("fresh A", [rank, size], after.A), B: place("fresh B", [size, rank], after.B) };
    const kept = { up: place("up", [size, rank], zeros), down: place("down", [size, rank], zeros) };
    const weights = { pretrained: place("W", [size, size], golden.W0), base: place("W′", [size, size], golden.W0) };
    const moment = place("moment", [size, rank], prune.before);
    const clip = persistent(device, "clip", [1]);
    await runOnce(device, new Workspace(device), "merge", (tape) => {
      const pair = { up: B, down: transposed(tape, A), scale };
      const parameters = [
        { value: A, fresh: fresh.A, state: {} },
        { value: B, fresh: fresh.B, state: { moment } },
      ];
      const settings = { mergeEvery: 1, rewarmupSteps: 0, stateReset: prune.share };
      relora.record(tape, { pair, parameters, kept, ...weights, clip }, settings);
    });
    const expected = [
      [weights.base, after.W0],
      [A, after.A],
      [B, after.B],
      [moment, prune.after],
    ] as const;
    for (const [tensor, values] of expected)
      expect(relativeError(await readTensor(device, tensor), values), tensor.name).toBeLessThan(bound);
    for (const tensor of [A, B, moment, clip, ...[fresh, kept, weights].flatMap(Object.values)])
      memoryOf(tensor).destroy();
  },
);
