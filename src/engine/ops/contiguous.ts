import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The same values in row-major order, in memory of their own: what `reshape` needs of a transposed view. */
export function contiguous(tape: Tape, x: Tensor): Tensor {
  const out = tape.tensor(x.name, x.shape);
  tape.copy(x, out);
  tape.record(out, [[x, (grad) => grad]]);
  return out;
}
