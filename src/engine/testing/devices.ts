import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { create, globals } from "webgpu";
import { CpuDevice } from "../device/cpu.ts";
import type { FeatureLevel } from "../device/device.ts";
import { GpuDevice } from "../device/gpu.ts";
import type { ThreadTask } from "../device/threads/member.mjs";
import { MOST_THREADS } from "../device/threads/phases.mjs";
import type { AdapterTraits } from "../kernels/kernel.ts";
import { LOWEST_LIMITS } from "./shaderNeeds.ts";

let device: Promise<GpuDevice> | undefined;

/**
 * The WebGPU device of this test process, through Dawn in Node. There is one, because every pipeline costs a software
 * adapter about a second. @throws GpuUnavailableError where there is none: GPU tests fail, they do not skip.
 */
export function testGpu(): Promise<GpuDevice> {
  device ??= openNodeGpu();
  return device;
}

let asHardware: Promise<GpuDevice> | undefined;

/** Another device of this process, which runs the kernels that are meant for real graphics cards. */
export function testGpuAsHardware(): Promise<GpuDevice> {
  asHardware ??= openNodeGpu({ kind: "hardware" });
  return asHardware;
}

let withoutSubgroups: Promise<GpuDevice> | undefined;

/** Another device of this process, which has the software adapter's kernels but no subgroups. */
export function testGpuWithoutSubgroups(): Promise<GpuDevice> {
  withoutSubgroups ??= openNodeGpu({ subgroups: false });
  return withoutSubgroups;
}

let inCompatibilityMode: Promise<GpuDevice> | undefined;

/** Another device of this process, which is granted no more than compatibility mode must have. @param as see `GpuDevice.open`. */
export function testGpuInCompatibilityMode(as?: Partial<AdapterTraits>): Promise<GpuDevice> {
  const least = { invocations: LOWEST_LIMITS.invocations, subgroups: false, shaderF16: false, ...as };
  if (as) return openNodeGpu(least, ["compatibility"]);
  inCompatibilityMode ??= openNodeGpu(least, ["compatibility"]);
  return inCompatibilityMode;
}

/** A WebGPU device of its own, for tests that count what it does. @param as see `GpuDevice.open`. */
export function openNodeGpu(as?: Partial<AdapterTraits>, levels?: readonly FeatureLevel[]): Promise<GpuDevice> {
  return GpuDevice.open(nodeGpu(), as, levels);
}

/** Dawn's way to graphics devices. */
export function nodeGpu(): GPU {
  Object.assign(globalThis, globals);
  return create([]);
}

/** The processor, with as many threads as it runs at once, or so many. The process does not wait for them to end. */
export function openNodeProcessor(count = Math.min(availableParallelism(), MOST_THREADS)): CpuDevice {
  return new CpuDevice(Float32Array, { count, start: startNodeThread });
}

/** @param onWorker is given the worker. */
export function startNodeThread(
  task: ThreadTask,
  onEnd: () => void,
  onWorker: (worker: Worker) => void = () => {},
): () => void {
  const worker = new Worker(new URL("../device/threads/nodeThread.mjs", import.meta.url), { workerData: task });
  worker.unref();
  worker.on("error", onEnd);
  worker.on("exit", onEnd);
  onWorker(worker);
  return () => void worker.terminate();
}
