import { rowMajorOf } from "./layout.ts";
import { sumRows } from "./sumRows.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, stacked, type Tensor } from "./tensor.ts";

/** One matrix as a stack of `count`, copied, so that what each copy passes back adds up. @param x [rows, cols]. */
export function spread(tape: Tape, x: Tensor, count: number): Tensor {
  const shape = [count, ...x.shape];
  const out = tape.tensor(x.name, shape, stacked(shape));
  tape.copy({ ...x, shape, strides: [0, ...x.strides] }, out);
  tape.record(out, [
    [
      x,
      (grad) => {
        const rows = tape.reshape(rowMajorOf(tape, grad), [count, sizeOf(x.shape)]);
        return tape.reshape(sumRows(tape, rows), x.shape);
      },
    ],
  ]);
  return out;
}
