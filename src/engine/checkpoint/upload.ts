import type { Device } from "../device/device.ts";
import { isContiguous, memoryOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { type HostTensor, partsOf } from "./safetensors.ts";

/** Writes a checkpoint's tensor into a persistent one of its size, as it is read: a stretch at a time. */
export async function uploadTensor(device: Device, tensor: Tensor, host: HostTensor): Promise<void> {
  if (!isContiguous(tensor)) {
    writeTensor(device, tensor, host.values);
    return;
  }
  for await (const [from, values] of partsOf(host)) device.write(memoryOf(tensor), tensor.offset + from, values);
}

/** Writes tensors of one shape into a stack of them. */
export async function uploadStack(device: Device, stack: Tensor, hosts: readonly HostTensor[]): Promise<void> {
  const [stride = 0, ...strides] = stack.strides;
  for (const [index, host] of hosts.entries()) {
    const slice = { ...stack, shape: stack.shape.slice(1), strides, offset: stack.offset + index * stride };
    await uploadTensor(device, slice, host);
  }
}
