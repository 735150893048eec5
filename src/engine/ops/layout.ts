import { alignmentOf } from "../device/device.ts";
import type { Tape } from "./tape.ts";
import { isContiguous, type Tensor } from "./tensor.ts";

/**
 * A tensor whose elements follow each other from a place where it can be bound, for kernels that take no strides: the
 * tensor itself where it is so already, else a copy. The copy is not differentiable; record adjoints on the original.
 */
export function rowMajorOf(tape: Tape, tensor: Tensor): Tensor {
  if (isContiguous(tensor) && tensor.offset % alignmentOf(tensor.storage.format) === 0) return tensor;
  const out = tape.tensor(tensor.name, tensor.shape);
  tape.copy(tensor, out);
  return out;
}
