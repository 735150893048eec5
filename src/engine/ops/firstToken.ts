import { ShapeError } from "../errors.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The hidden state of each row's first token. @param x [rows, length, width]. @returns [rows, width], row-major. */
export function firstToken(tape: Tape, x: Tensor): Tensor {
  if (x.shape.length !== 3) throw new ShapeError(`firstToken: ${x.name} [${x.shape}] is not [rows, length, width]`);
  const [rows, , width] = x.shape as [number, number, number];
  const [row, , col] = x.strides as [number, number, number];
  const first = tape.view(x, { shape: [rows, width], strides: [row, col] });
  const out = tape.tensor(`first of ${x.name}`, [rows, width]);
  tape.copy(first, out);
  tape.record(out, [[first, (grad) => grad]]);
  return out;
}
