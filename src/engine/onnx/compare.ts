import type { HostTensor } from "../checkpoint/safetensors.ts";
import { ShapeError } from "../errors.ts";

/**
 * How far apart two forward passes may be, as a share of the largest value. Both sum float32 products in orders of their
 * own: what that leaves in a transformer of a few to a few dozen blocks was 1e-7 to 1e-5. A wrong weight, a wrong mask or
 * the other kind of GELU make 1e-3 and more.
 */
export const PASS_MARK = 1e-4;

/** Two results for the same thing. */
export interface Comparison {
  /** max |a − b|; NaN where one of them has a value that is no number. */
  readonly maxDifference: number;
  /** max |b| */
  readonly largest: number;
  /** maxDifference is at most `PASS_MARK` of the largest value. */
  readonly passes: boolean;
}

/**
 * Compares what two implementations computed for the same tokens. What they make of padding means nothing and is left
 * out.
 *
 * @param ours [rows, length, …], or [rows, …] without a mask.
 * @param theirs of the same shape.
 * @param mask [rows, length]: 1 for a token, 0 for padding.
 * @throws ShapeError when the shapes differ.
 */
export function compareOutputs(
  ours: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
  theirs: HostTensor,
  mask?: ArrayLike<number>,
): Comparison {
  if (ours.shape.join() !== theirs.shape.join())
    throw new ShapeError(`outputs of shapes [${ours.shape}] and [${theirs.shape}] cannot be compared`);
  const width = mask ? theirs.values.length / mask.length : 1;
  let maxDifference = 0;
  let largest = 0;
  for (let index = 0; index < theirs.values.length; index++) {
    if (mask && mask[Math.floor(index / width)] === 0) continue;
    // Math.max keeps NaN once it is there.
    maxDifference = Math.max(maxDifference, Math.abs(ours.values[index]! - theirs.values[index]!));
    largest = Math.max(largest, Math.abs(theirs.values[index]!));
  }
  return { maxDifference, largest, passes: maxDifference <= PASS_MARK * largest };
}
