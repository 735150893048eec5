import { CpuDevice } from "../../src/engine/device/cpu.ts";
import type { TrainingDevice } from "../../src/engine/device/device.ts";
import { GpuDevice } from "../../src/engine/device/gpu.ts";
import { processorThreads } from "../../src/worker/processorThreads.ts";
import { startThread } from "../../src/worker/startThread.ts";

let opened: Promise<TrainingDevice> | undefined;

/** The page's one device: the GPU, or the processor with `?device=cpu`, in `threads=` so many threads or all there are. */
export function openDevice(): Promise<TrainingDevice> {
  const asked = new URLSearchParams(location.search);
  const count = Number(asked.get("threads") ?? processorThreads());
  opened ??=
    asked.get("device") === "cpu"
      ? Promise.resolve(new CpuDevice(Float32Array, { count, start: startThread }))
      : GpuDevice.open(navigator.gpu);
  return opened;
}
