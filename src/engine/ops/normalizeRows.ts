import { normalizeRowsBackwardKernel, normalizeRowsKernel } from "../kernels/normalizeRows.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Every row to length 1. @param x [..., cols]; rows of zeros stay zeros. */
export function normalizeRows(tape: Tape, x: Tensor): Tensor {
  const cols = x.shape.at(-1)!;
  const params = { rows: sizeOf(x.shape) / cols, cols };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`unit(${x.name})`, x.shape);
  tape.dispatch(normalizeRowsKernel, { tensors: { input, out }, params });
  tape.record(out, [
    [
      x,
      (grad) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        tape.dispatch(normalizeRowsBackwardKernel, {
          tensors: { input, dOut: rowMajorOf(tape, grad), dInput },
          params,
        });
        return dInput;
      },
    ],
  ]);
  return out;
}
