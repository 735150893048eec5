import { ShapeError } from "../errors.ts";
import { meanPoolBackwardKernel, meanPoolKernel } from "../kernels/meanPool.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Mean of the hidden states of each row's tokens.
 *
 * @param input [rows, length, width]. @param mask [rows, length]: 1 for a token, 0 for padding. @returns [rows, width].
 * @throws ShapeError when they do not go together.
 */
export function meanPool(tape: Tape, input: Tensor, mask: Tensor): Tensor {
  const [rows, length, width] = input.shape as [number, number, number];
  if (input.shape.length !== 3 || mask.shape.join() !== `${rows},${length}`) {
    throw new ShapeError(`meanPool: ${mask.name} [${mask.shape}] does not mask ${input.name} [${input.shape}]`);
  }
  const params = { rows, length, width };
  const out = tape.tensor(`mean of ${input.name}`, [rows, width]);
  tape.dispatch(meanPoolKernel, { tensors: { input: rowMajorOf(tape, input), mask, out }, params });
  tape.record(out, [
    [
      input,
      (grad) => {
        const dInput = tape.tensor(`d ${input.name}`, input.shape);
        tape.dispatch(meanPoolBackwardKernel, { tensors: { mask, dOut: rowMajorOf(tape, grad), dInput }, params });
        return dInput;
      },
    ],
  ]);
  return out;
}
