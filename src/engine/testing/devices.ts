import { create, globals } from "webgpu";
import { GpuDevice } from "../device/gpu.ts";
import type { AdapterTraits } from "../kernels/kernel.ts";

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

/** A WebGPU device of its own, for tests that count what it does. @param as see `GpuDevice.open`. */
export function openNodeGpu(as?: Partial<AdapterTraits>): Promise<GpuDevice> {
  Object.assign(globalThis, globals);
  return GpuDevice.open(create([]), as);
}
