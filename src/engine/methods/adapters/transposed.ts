import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";

/** A stack of matrices seen the other way round; nothing moves. @param stack [count, rows, cols]. @returns [count, cols, rows]. */
export function transposed(tape: Tape, stack: Tensor): Tensor {
  const [count, rows, cols] = stack.shape as [number, number, number];
  const [outer, row, col] = stack.strides as [number, number, number];
  return tape.view(stack, { shape: [count, cols, rows], strides: [outer, col, row] });
}
