import type { Device } from "../device/device.ts";
import { persistent, type Storage, type Tensor, writeTensor } from "./tensor.ts";

const constants = new WeakMap<Device, Map<0 | 1, Tensor>>();
const zeros = new WeakSet<Storage>();

/** Whether it is that of a zero, to which operands that are not there are bound. */
export function isZero(storage: Storage): boolean {
  return zeros.has(storage);
}

/** A tensor of one number, the same for everybody who asks a device for it. */
export function constantOf(device: Device, value: 0 | 1): Tensor {
  const own = constants.get(device) ?? new Map<0 | 1, Tensor>();
  constants.set(device, own);
  let tensor = own.get(value);
  if (!tensor) {
    tensor = persistent(device, value === 0 ? "zero" : "one", [1]);
    if (value === 0) zeros.add(tensor.storage);
    else writeTensor(device, tensor, [value]);
    own.set(value, tensor);
  }
  return tensor;
}
