import { ShapeError } from "../errors.ts";
import { addKernel } from "../kernels/add.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Sum of two tensors of one shape. @throws ShapeError when the shapes differ. */
export function add(tape: Tape, a: Tensor, b: Tensor): Tensor {
  if (a.shape.join() !== b.shape.join()) {
    throw new ShapeError(`add: ${a.name} [${a.shape}] and ${b.name} [${b.shape}] differ in shape`);
  }
  const out = tape.tensor(`${a.name} + ${b.name}`, a.shape);
  const tensors = { a: rowMajorOf(tape, a), b: rowMajorOf(tape, b), out };
  tape.dispatch(addKernel, { tensors, params: { length: sizeOf(a.shape) } });
  tape.record(out, [
    [a, (grad) => grad],
    [b, (grad) => grad],
  ]);
  return out;
}
