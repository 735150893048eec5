import { CpuDevice } from "../../src/engine/device/cpu.ts";
import type { BoundDispatch, TrainingDevice } from "../../src/engine/device/device.ts";
import { GpuDevice } from "../../src/engine/device/gpu.ts";

let opened: Promise<TrainingDevice> | undefined;
const recorded = new Map<string, readonly BoundDispatch[]>();

/** The page's one device, which remembers what every program consists of: the GPU, or `?device=cpu`. */
export function openDevice(): Promise<TrainingDevice> {
  const isCpu = new URLSearchParams(location.search).get("device") === "cpu";
  opened ??= Promise.resolve<TrainingDevice>(isCpu ? new CpuDevice() : GpuDevice.open(navigator.gpu)).then((device) => {
    const compile = device.compile.bind(device);
    device.compile = (label, dispatches) => {
      recorded.set(label, dispatches);
      return compile(label, dispatches);
    };
    return device;
  });
  return opened;
}

/** The dispatches of the program that was last compiled under a label that starts like this. */
export function dispatchesOf(label: string): readonly BoundDispatch[] {
  const found = [...recorded].reverse().find(([each]) => each.startsWith(label));
  if (!found) throw new Error(`no program called ${label}… was compiled`);
  return found[1];
}
