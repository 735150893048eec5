import { reluBackwardKernel, reluKernel } from "../kernels/relu.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Rectified linear unit, any shape. */
export function relu(tape: Tape, x: Tensor): Tensor {
  const params = { length: sizeOf(x.shape) };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`relu(${x.name})`, x.shape);
  tape.dispatch(reluKernel, { tensors: { input, out }, params });
  tape.record(out, [
    [
      x,
      (grad) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        tape.dispatch(reluBackwardKernel, { tensors: { input, dOut: rowMajorOf(tape, grad), dInput }, params });
        return dInput;
      },
    ],
  ]);
  return out;
}
