import { matmul } from "../../ops/matmul.ts";
import { scaled } from "../../ops/scaled.ts";
import type { Tape } from "../../ops/tape.ts";
import { stacked, type Tensor } from "../../ops/tensor.ts";
import type { Change, Pair } from "./adapter.ts";

/** W′ [layers, outFeatures, inFeatures] of a stack of layers. @param base W, of that shape. */
export function changedWeight(tape: Tape, change: Change, base: Tensor): Tensor {
  if (change.kind === "weight") return change.weight;
  const sum = addedTo(tape, change, base);
  return change.gain ? scaled(tape, sum, change.gain) : sum;
}

/** W + scale · up · downᵀ. */
export function addedTo(tape: Tape, { up, down, scale }: Pair, base: Tensor): Tensor {
  return matmul(tape, up, down, { transposeB: true, scale, add: base, strides: stacked(base.shape) });
}
