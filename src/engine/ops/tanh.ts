import { tanhBackwardKernel, tanhKernel } from "../kernels/tanh.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Hyperbolic tangent, any shape. */
export function tanh(tape: Tape, x: Tensor): Tensor {
  const params = { length: sizeOf(x.shape) };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`tanh(${x.name})`, x.shape);
  tape.dispatch(tanhKernel, { tensors: { input, out }, params });
  tape.record(out, [
    [
      x,
      (grad) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        tape.dispatch(tanhBackwardKernel, { tensors: { out, dOut: rowMajorOf(tape, grad), dInput }, params });
        return dInput;
      },
    ],
  ]);
  return out;
}
