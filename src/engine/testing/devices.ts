import { create, globals } from "webgpu";
import { GpuDevice } from "../device/gpu.ts";

let device: Promise<GpuDevice> | undefined;

/**
 * The WebGPU device of this test process, through Dawn in Node. There is one, because every pipeline costs a software
 * adapter about a second. @throws GpuUnavailableError where there is none: GPU tests fail, they do not skip.
 */
export function testGpu(): Promise<GpuDevice> {
  device ??= openNodeGpu();
  return device;
}

/** A WebGPU device of its own, for tests that count what it does. */
export function openNodeGpu(): Promise<GpuDevice> {
  Object.assign(globalThis, globals);
  return GpuDevice.open(create([]));
}
