import { CpuDevice } from "../../src/engine/device/cpu.ts";
import type { TrainingDevice } from "../../src/engine/device/device.ts";
import { GpuDevice } from "../../src/engine/device/gpu.ts";

let opened: Promise<TrainingDevice> | undefined;

/** The page's one device: the GPU, or `?device=cpu`. */
export function openDevice(): Promise<TrainingDevice> {
  const isCpu = new URLSearchParams(location.search).get("device") === "cpu";
  opened ??= isCpu ? Promise.resolve(new CpuDevice()) : GpuDevice.open(navigator.gpu);
  return opened;
}
