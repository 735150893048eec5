import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";

/** Square matrices with given diagonals and zeros elsewhere. @param values [count, size], any strides. @returns [count, size, size]. */
export function diagonal(tape: Tape, values: Tensor): Tensor {
  const [count, size] = values.shape as [number, number];
  const shape = [count, size, size];
  const out = tape.tensor(`diagonal of ${values.name}`, shape, stacked(shape));
  tape.copy({ ...tape.zero, shape, strides: [0, 0, 0] }, out);
  tape.copy(values, tape.view(out, { shape: [count, size], strides: [out.strides[0]!, size + 1] }));
  return out;
}
