import { ShapeError } from "../errors.ts";
import { argmaxRowsKernel } from "../kernels/argmaxRows.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The column of each row's largest value, the first of several: the likeliest class or token. It has no gradient.
 *
 * @param input [rows, cols]. @returns [rows].
 * @throws ShapeError when the input is no matrix.
 */
export function argmaxRows(tape: Tape, input: Tensor): Tensor {
  if (input.shape.length !== 2) throw new ShapeError(`argmaxRows: ${input.name} [${input.shape}] is no matrix`);
  const [rows, cols] = input.shape as [number, number];
  const out = tape.tensor(`best of ${input.name}`, [rows]);
  tape.dispatch(argmaxRowsKernel, { tensors: { input: rowMajorOf(tape, input), out }, params: { rows, cols } });
  return out;
}
