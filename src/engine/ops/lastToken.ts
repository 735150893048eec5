import { subtractKernel } from "../kernels/subtract.ts";
import { meanPool } from "./meanPool.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * The hidden state of each row's last token: the mean over the one token that has none after it.
 *
 * @param input [rows, length, width]. @param mask [rows, length], row-major: ones, then zeros. @returns [rows, width].
 * @throws ShapeError when they do not go together.
 */
export function lastToken(tape: Tape, input: Tensor, mask: Tensor): Tensor {
  const [rows, length] = mask.shape as [number, number];
  const following = tape.tensor(`${mask.name} of the following tokens`, mask.shape);
  const part = (of: Tensor, offset: number, tokens: number) =>
    tape.view(of, { shape: [rows, tokens], strides: [length, 1], offset });
  tape.copy({ ...tape.zero, shape: [rows, 1], strides: [0, 0] }, part(following, length - 1, 1));
  if (length > 1) tape.copy(part(mask, 1, length - 1), part(following, 0, length - 1));
  const last = tape.tensor(`last of ${mask.name}`, mask.shape);
  tape.dispatch(subtractKernel, {
    tensors: { a: mask, b: following, out: last },
    params: { length: sizeOf(mask.shape) },
  });
  return meanPool(tape, input, last);
}
