import { ShapeError } from "../errors.ts";
import { sumRowsKernel } from "../kernels/sumRows.ts";
import type { Tape } from "./tape.ts";
import { isContiguous, sizeOf, type Tensor } from "./tensor.ts";

/** Sum over all axes but the last. @param input [..., cols]. @returns [cols]. Not differentiable: used in adjoints. */
export function sumRows(tape: Tape, input: Tensor): Tensor {
  const cols = input.shape.at(-1)!;
  if (!isContiguous(input)) throw new ShapeError(`sumRows: ${input.name} [${input.shape}] has gaps`);
  const out = tape.tensor(`Σ ${input.name}`, [cols]);
  tape.dispatch(sumRowsKernel, {
    tensors: { input, out },
    params: { rows: sizeOf(input.shape) / cols, cols },
  });
  return out;
}
