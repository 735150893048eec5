import { geluBackwardKernel, geluKernel } from "../kernels/gelu.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Gaussian error linear unit, any shape; `tanh` chooses GPT-2's approximation, otherwise it is exact. */
export function gelu(tape: Tape, x: Tensor, flags: { readonly tanh: boolean }): Tensor {
  const params = { length: sizeOf(x.shape) };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`gelu(${x.name})`, x.shape);
  tape.dispatch(geluKernel, { tensors: { input, out }, params, flags });
  tape.record(out, [
    [
      x,
      (grad) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        tape.dispatch(geluBackwardKernel, { tensors: { input, dOut: rowMajorOf(tape, grad), dInput }, params, flags });
        return dInput;
      },
    ],
  ]);
  return out;
}
