import type { BoundDispatch } from "../../src/engine/device/device.ts";
import { GpuDevice } from "../../src/engine/device/gpu.ts";

let opened: Promise<GpuDevice> | undefined;
const recorded = new Map<string, readonly BoundDispatch[]>();

/** The page's one device, which remembers what every program consists of. */
export function openDevice(): Promise<GpuDevice> {
  opened ??= GpuDevice.open(navigator.gpu).then((device) => {
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
