import { ShapeError } from "../errors.ts";
import { subtractKernel } from "../kernels/subtract.ts";
import type { Tape } from "./tape.ts";
import { extentOf, sameLayout, type Tensor } from "./tensor.ts";

/**
 * Subtraction before anything is multiplied: an update may be far smaller than the weights. What is stored otherwise, as
 * where a base keeps its matrices transposed, is first laid out alike.
 *
 * @param initial takes no gradient.
 * @throws ShapeError where the matrices are of other shapes.
 */
export function difference(tape: Tape, current: Tensor, initial: Tensor): Tensor {
  if (initial.shape.join() !== current.shape.join()) {
    throw new ShapeError(`${current.name} is [${current.shape}], what it is compared with [${initial.shape}]`);
  }
  const alike = (name: string) => tape.tensor(name, current.shape, current.strides);
  let start = initial;
  if (!sameLayout(initial, current)) {
    start = alike(initial.name);
    tape.copy(initial, start);
  }
  const out = alike(`Δ ${current.name}`);
  tape.dispatch(subtractKernel, { tensors: { a: current, b: start, out }, params: { length: extentOf(current) } });
  tape.record(out, [[current, (grad) => grad]]);
  return out;
}
