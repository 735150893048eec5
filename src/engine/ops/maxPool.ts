import { ShapeError } from "../errors.ts";
import { maxPoolBackwardKernel, maxPoolKernel } from "../kernels/maxPool.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Largest value of each feature over each row's tokens; its gradient goes to the first token that has it.
 *
 * @param input [rows, length, width]. @param mask [rows, length]: 1 for a token, 0 for padding. @returns [rows, width].
 * @throws ShapeError when they do not go together.
 */
export function maxPool(tape: Tape, input: Tensor, mask: Tensor): Tensor {
  const [rows, length, width] = input.shape as [number, number, number];
  if (input.shape.length !== 3 || mask.shape.join() !== `${rows},${length}`) {
    throw new ShapeError(`maxPool: ${mask.name} [${mask.shape}] does not mask ${input.name} [${input.shape}]`);
  }
  const params = { rows, length, width };
  const out = tape.tensor(`max of ${input.name}`, [rows, width]);
  const places = tape.tensor(`places of ${out.name}`, [rows, width]);
  tape.dispatch(maxPoolKernel, { tensors: { input: rowMajorOf(tape, input), mask, out, places }, params });
  tape.record(out, [
    [
      input,
      (grad) => {
        const dInput = tape.tensor(`d ${input.name}`, input.shape);
        tape.dispatch(maxPoolBackwardKernel, { tensors: { places, dOut: rowMajorOf(tape, grad), dInput }, params });
        return dInput;
      },
    ],
  ]);
  return out;
}
