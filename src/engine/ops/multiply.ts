import { ShapeError } from "../errors.ts";
import { multiplyKernel } from "../kernels/multiply.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Product of two tensors of one shape, element by element. @throws ShapeError when the shapes differ. */
export function multiply(tape: Tape, a: Tensor, b: Tensor): Tensor {
  if (a.shape.join() !== b.shape.join()) {
    throw new ShapeError(`multiply: ${a.name} [${a.shape}] and ${b.name} [${b.shape}] differ in shape`);
  }
  const out = tape.tensor(`${a.name} ⊙ ${b.name}`, a.shape);
  const tensors = { a: rowMajorOf(tape, a), b: rowMajorOf(tape, b), out };
  tape.dispatch(multiplyKernel, { tensors, params: { length: sizeOf(a.shape) } });
  tape.record(out, [
    [a, (grad) => multiply(tape, grad, b)],
    [b, (grad) => multiply(tape, grad, a)],
  ]);
  return out;
}
