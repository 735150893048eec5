import { ShapeError } from "../errors.ts";
import { copyStridedKernel } from "../kernels/copyStrided.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import { bindable, type Tensor } from "./tensor.ts";

/** Axes that the kernel counts along; a tensor of fewer has further ones of size 1. */
const AXES = 4;

/** The dispatch that copies `from` into `to`. @throws ShapeError when their shapes differ. */
export function stridedCopy(from: Tensor, to: Tensor): RecordedDispatch {
  if (from.shape.join() !== to.shape.join()) {
    throw new ShapeError(`${from.name} [${from.shape}] does not fit into ${to.name} [${to.shape}]`);
  }
  const perAxis = (name: string, values: readonly number[], missing: number) =>
    [...Array<number>(AXES - values.length).fill(missing), ...values].map((value, axis) => [`${name}${axis}`, value]);
  const [source, target] = [bindable(from), bindable(to)];
  return {
    kernel: copyStridedKernel,
    tensors: { input: source.tensor, out: target.tensor },
    params: {
      ...Object.fromEntries([
        ...perAxis("size", from.shape, 1),
        ...perAxis("from", from.strides, 0),
        ...perAxis("to", to.strides, 0),
      ]),
      fromOffset: source.offset,
      toOffset: target.offset,
    },
    flags: {},
  };
}
