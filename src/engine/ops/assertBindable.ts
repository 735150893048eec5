import { alignmentOf } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";

/** @throws ShapeError where a kernel is given a tensor that it cannot bind or cannot read. */
export function assertBindable(dispatch: RecordedDispatch): void {
  const { kernel, tensors } = dispatch;
  for (const name of [...kernel.reads, ...kernel.updates, ...kernel.writes]) {
    const tensor = tensors[name];
    if (!tensor) throw new ShapeError(`${kernel.name}: no tensor was given for ${name}`);
    const { format } = tensor.storage;
    if (format !== "float32" && !kernel.anyFormat.includes(name)) {
      throw new ShapeError(`${kernel.name} reads ${name} in float32 alone, and ${tensor.name} is stored in ${format}`);
    }
    if (tensor.offset % alignmentOf(format) !== 0) {
      throw new ShapeError(
        `${kernel.name}: ${tensor.name} starts at element ${tensor.offset}, where nothing can be bound`,
      );
    }
  }
}
