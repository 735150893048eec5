import { dropoutKernel } from "../kernels/dropout.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Zeroes elements with a probability and scales up the rest by 1 / (1 − probability) (Srivastava et al., 2014).
 *
 * @param stepScalars [64], which gives seed, step and micro-batch. @param options `stream` keeps several dropouts of a step apart.
 */
export function dropout(
  tape: Tape,
  x: Tensor,
  stepScalars: Tensor,
  options: { readonly probability: number; readonly stream: number },
): Tensor {
  const params = { length: sizeOf(x.shape), ...options };
  const run = (input: Tensor, name: string): Tensor => {
    const out = tape.tensor(name, x.shape);
    tape.dispatch(dropoutKernel, { tensors: { input: rowMajorOf(tape, input), stepScalars, out }, params });
    return out;
  };
  const out = run(x, `dropout(${x.name})`);
  tape.record(out, [[x, (grad) => run(grad, `d ${x.name}`)]]);
  return out;
}
