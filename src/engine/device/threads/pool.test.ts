import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DeviceLostError, KernelError } from "../../errors.ts";
import { fillKernel } from "../../kernels/fill.ts";
import { startNodeThread } from "../../testing/devices.ts";
import { nanoSession, takeSteps } from "../../testing/runs.ts";
import { kernelCheckList } from "../../trust/checks.ts";
import { nameOf } from "../../trust/summary.ts";
import { CpuDevice } from "../cpu.ts";
import { newSharedMemory } from "../cpuStorage.ts";
import type { Memory } from "../device.ts";
import { DeviceScope } from "../scope.ts";
import { SimdModule } from "../simd.ts";
import type { ThreadTask } from "./member.mjs";
import * as phases from "./phases.mjs";
import { type StartThread, ThreadPool } from "./pool.ts";

const LENGTH = 10_000;
const fill = { kernel: fillKernel, params: { length: LENGTH, value: 2 }, flags: {} };

/** Notes the bits of everything that is read of a device. */
class Reading extends DeviceScope {
  readonly bits: string[] = [];

  override async read(memory: Memory, offset: number, length: number) {
    const values = await super.read(memory, offset, length);
    this.bits.push(new Uint32Array(Float32Array.from(values).buffer).join());
    return values;
  }
}

async function present({ memory, control }: ThreadTask, count: number): Promise<void> {
  const words = new Int32Array(memory.buffer, control);
  while (Atomics.load(words, phases.PRESENT) < count) await turn();
}

/** A device whose other threads have all started. */
async function threaded(count: number, start = startNodeThread, patience?: number): Promise<CpuDevice> {
  const tasks: ThreadTask[] = [];
  const noted: StartThread = (task, onEnd) => {
    tasks.push(task);
    return start(task, onEnd);
  };
  const device = new CpuDevice(Float32Array, { count, start: noted, ...(patience && { patience }) });
  await present(tasks[0]!, count - 1);
  return device;
}

/** Fills a tensor with twos, by as many stretches as there may be. */
async function filled(device: CpuDevice): Promise<() => Promise<number>> {
  const out = device.allocate("out", LENGTH);
  const program = await device.compile("fill", [
    { ...fill, tensors: { out: { memory: out, offset: 0, length: LENGTH } } },
  ]);
  return async () => {
    device.write(out, 0, new Float32Array(LENGTH));
    void device.submit([program]);
    return [...(await device.read(out, 0, LENGTH))].reduce((sum, value) => sum + value, 0);
  };
}

describe("several threads give the bits of one", () => {
  let several: CpuDevice;
  beforeAll(async () => {
    several = await threaded(4);
  });
  afterAll(() => several.destroy());

  test.each(kernelCheckList.map((check) => [nameOf(check), check] as const))("%s", async (_, check) => {
    const readings = [new Reading(new CpuDevice()), new Reading(several)] as const;
    for (const reading of readings) {
      expect(await check.run(reading)).toBeLessThanOrEqual(check.tolerance.bound);
      reading.destroy();
    }
    expect(readings[1].bits).toEqual(readings[0].bits);
  });

  test.each([
    ["LoRA", { method: "lora" }],
    ["Deep LoRA", {}],
    ["DoRA and Muon", { method: "dora", optimizer: "muon" }],
    ["GaLore", { method: "full", optimizer: "galore" }],
    ["a causal model", { model: "pd-gpt", task: "kjv" }],
  ] as const)("in 20 steps of %s", async (_, change) => {
    const losses: number[][] = [];
    for (const device of [new CpuDevice(), several]) {
      const session = await nanoSession(device, change);
      losses.push((await takeSteps(session, 20)).losses);
      session.destroy();
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(new Set(losses[0]).size).toBeGreaterThan(15);
  });
});

/** A module that computes nothing on the thread that calls, and takes its time over it. */
class IdleModule extends SimdModule {
  override run(): void {
    const started = performance.now();
    while (performance.now() - started < 20);
  }
}

/** A pool of an idle module and one thread, and a phase that fills a tensor at an address. */
async function idlePool(address?: number) {
  const module = new IdleModule(newSharedMemory()!);
  const tasks: ThreadTask[] = [];
  const start: StartThread = (task, onEnd) => {
    tasks.push(task);
    return startNodeThread(task, onEnd);
  };
  const pool = new ThreadPool(module, 1, start, 60_000);
  await present(tasks[0]!, 1);
  const out = module.storage.allocate("out", LENGTH);
  const [call] = module.callsOf({ ...fill, tensors: {} }, { out: address ?? out.at })!;
  return { pool, out, call: call! };
}

test("the others compute what the thread that calls has not come to", async () => {
  const { pool, out, call } = await idlePool();
  pool.run(call);
  const count = out.values.filter((value) => value === 2).length;
  expect(count).toBeGreaterThan(LENGTH / 2);
  pool.destroy();
});

test("a function that fails on another thread is an error of the one that calls", async () => {
  const { pool, call } = await idlePool(2 ** 31);
  expect(() => pool.run(call)).toThrow(new KernelError("fill failed on a thread of the processor"));
  expect(pool.count).toBe(1);
});

test("threads that never start are not waited for", async () => {
  const device = new CpuDevice(Float32Array, { count: 3, start: () => () => {} });
  const run = await filled(device);
  expect(await run()).toBe(2 * LENGTH);
});

test("threads that die between two programs are done without", async () => {
  const workers: Worker[] = [];
  const device = await threaded(3, (task, onEnd) => startNodeThread(task, onEnd, (worker) => workers.push(worker)));
  const run = await filled(device);
  expect(await run()).toBe(2 * LENGTH);
  expect(workers).toHaveLength(2);
  await workers[0]!.terminate();
  expect(await run(), "before anybody has heard of it").toBe(2 * LENGTH);
  await turn();
  expect(await run()).toBe(2 * LENGTH);
  if (workers[1]!.threadId > 0) await once(workers[1]!, "exit");
});

/** A thread that takes a stretch and ends. */
const thief = `
  import { workerData } from "node:worker_threads";
  const { task, address } = workerData;
  const phases = await import(address);
  const control = new Int32Array(task.memory.buffer, task.control, 64);
  Atomics.add(control, phases.PRESENT, 1);
  for (let taken = false; !taken; ) {
    phases.awaitPhase(control);
    const ticket = Atomics.load(control, phases.TICKET);
    taken = Atomics.compareExchange(control, phases.TICKET, ticket, ticket - 1) === ticket;
  }
`;

test("a thread that dies with work in hand is a lost device, not an endless wait", async () => {
  const address = new URL("./phases.mjs", import.meta.url).href;
  const source = new URL(`data:text/javascript,${encodeURIComponent(thief)}`);
  const steal = (task: ThreadTask) => {
    const worker = new Worker(source, { workerData: { task, address } });
    return () => void worker.terminate();
  };
  const device = await threaded(2, steal, 300);
  const run = await filled(device);
  const submits = async () => {
    // The other thread takes its time to start, and the one that calls may be the quicker one then.
    for (const end = performance.now() + 30_000; performance.now() < end; ) {
      for (let round = 0; round < 100; round++) await run();
      await new Promise(setImmediate);
    }
  };
  await expect(submits()).rejects.toThrow(DeviceLostError);
  await expect(device.lost).rejects.toThrow("does not answer");
  expect(await run(), "alone from then on").toBe(2 * LENGTH);
});
