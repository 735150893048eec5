import { inverseNormsKernel } from "../kernels/inverseNorms.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** One over the length of every row, taken as a constant: no gradient passes. @param x [..., cols]. @returns [..., 1]. */
export function inverseNorms(tape: Tape, x: Tensor): Tensor {
  const cols = x.shape.at(-1)!;
  const out = tape.tensor(`1 / ‖${x.name}‖`, [...x.shape.slice(0, -1), 1]);
  const params = { rows: sizeOf(x.shape) / cols, cols };
  tape.dispatch(inverseNormsKernel, { tensors: { input: rowMajorOf(tape, x), out }, params });
  return out;
}
