import { describe, expect, test, vi } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { PlanningDevice } from "../device/planning.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import { modelShapes } from "../model/modelShapes.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { NANO_T5, nanoConfig, nanoSession, nanoSources } from "../testing/runs.ts";
import { estimateMemory } from "./estimate.ts";
import { TrainingSession } from "./session.ts";

/** As small as the nano models want it. */
const full = { method: "full", projectionRank: 2 };

describe("the memory that a run will take", () => {
  test.each<Partial<RunConfig>>([
    {},
    { method: "full" },
    { method: "lora", task: "authors" },
    { method: "lora", loraStart: "pissa" },
    { method: "lora", loraStart: "lora-ga", model: "pd-gpt", task: "kjv" },
    { method: "vera", rank: 16 },
    { method: "dora", task: "kjv", model: "pd-gpt" },
    { accumulationSteps: 4 },
    { method: "lora", rankSchedule: "relora", mergeEvery: 10 },
    ...Object.keys(optimizers).map((optimizer) => ({ ...full, optimizer }) as Partial<RunConfig>),
    { task: "kjv", model: "pd-gpt", method: "deep-lora-full" },
    { task: "king-james", model: NANO_T5 },
    { task: "kjv", model: "pd-gpt", kernels: "wide=quads,narrow=quads,long=quads,small=quads,attention=fused" },
  ])("is known before anything is allocated, with %j", async (change) => {
    const device = await testGpu();
    const estimate = await estimateMemory({ ...nanoConfig, ...change }, nanoSources, device.description);
    const { ledger } = device;
    const before = ledger.liveBytes;
    ledger.peakBytes = before;
    const session = await nanoSession(device, change);
    // All that a device keeps for itself are the two constants of its tapes.
    expect(Math.abs(ledger.liveBytes - before - estimate.liveBytes)).toBeLessThanOrEqual(512);
    session.submitStep();
    await device.idle();
    await session.evaluate();
    expect(Math.abs(ledger.peakBytes - before - estimate.peakBytes)).toBeLessThanOrEqual(512);
    session.destroy();
  });

  test("constants are kept once for all layers of a shape, without gradient, start or moments", async () => {
    const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
    const rank = 64;
    const prepared = async (method: RunConfig["method"]) => {
      const device = new PlanningDevice(limits);
      const allocate = vi.spyOn(device, "allocate");
      const session = await TrainingSession.prepare(device, { ...defaultConfig, method, rank }, diskSources, () => {});
      const { arena, groups: classes } = session.network;
      session.destroy();
      const constants = allocate.mock.calls.filter(([label]) => /^\d+x\d+\/[AB]$/.test(label));
      return { trained: arena.length, classes, kept: constants.reduce((sum, [, length]) => sum + length, 0) };
    };
    const [vera, head] = [await prepared("vera"), await prepared("head")];
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b);
    expect(vera.kept).toBe(sum(vera.classes.map(({ shape: s }) => rank * (s.inFeatures + s.outFeatures))));
    expect(vera.trained - head.trained).toBe(
      sum(vera.classes.map(({ shape, layers }) => layers.length * (rank + shape.outFeatures))),
    );
  });

  test("sharing buffers by liveness takes at least 40 % off the peak of pd-gpt", async () => {
    const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
    const config: RunConfig = { ...defaultConfig, model: "pd-gpt", task: "kjv" };
    const shared = await estimateMemory(config, diskSources, limits);
    // Of what is all needed all the time, every tensor has memory of its own.
    const share = Workspace.prototype.share;
    const alone = vi.spyOn(Workspace.prototype, "share").mockImplementation(function (
      this: Workspace,
      { needs, together },
    ) {
      const always = [...needs].map(([storage, need]) => [storage, { ...need, from: 0, to: needs.size }] as const);
      return share.call(this, { needs: new Map(always), together });
    });
    const separate = await estimateMemory(config, diskSources, limits);
    alone.mockRestore();
    expect(shared.peakBytes).toBeLessThan(0.6 * separate.peakBytes);
  });

  test.each(["pd-bert", "pd-gpt"] as const)(
    "finding the bases of %s takes no more than training does, and the gradients of the weights",
    async (model) => {
      const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
      const config: RunConfig = { ...defaultConfig, model, task: model === "pd-gpt" ? "kjv" : "verse-sts" };
      const [lora, deep] = [
        await estimateMemory({ ...config, method: "lora" }, diskSources, limits),
        await estimateMemory({ ...config, method: "deep-lora-compressed" }, diskSources, limits),
      ];
      const { layers } = modelShapes[model];
      const elements = [...layers.values()].reduce((sum, [out, into]) => sum + out * into, 0);
      expect(deep.peakBytes).toBeLessThan(lora.peakBytes + 4 * elements);
    },
  );

  test("fused attention grows with the tokens, composed with their square", async () => {
    const limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
    const liveBytes = async (maxTokens: number, attention: string) => {
      const kernels = `wide=tiled,narrow=split,long=split,small=tiled,attention=${attention}`;
      const config: RunConfig = { ...defaultConfig, model: "pd-gpt", task: "kjv", maxTokens, kernels };
      return (await estimateMemory(config, diskSources, limits)).liveBytes;
    };
    const saved = async (tokens: number) => (await liveBytes(tokens, "composed")) - (await liveBytes(tokens, "fused"));
    const [short, long] = [await saved(128), await saved(256)];
    expect(short).toBeGreaterThan(0);
    // Shares of every layer are kept for the way back: four times as many.
    expect(long).toBeGreaterThan(3 * short);
  });

  test("a buffer that the device cannot bind is refused by name and size", async () => {
    const limits = { maxBufferSize: 4096, maxStorageBufferBindingSize: 1024 };
    await expect(estimateMemory(nanoConfig, nanoSources, limits)).rejects.toThrow(
      /needs [\d,.]+ MB, one buffer of this device holds 0 MB/,
    );
  });
});
