import { accumulateKernel } from "../kernels/accumulate.ts";
import type { Tape } from "../ops/tape.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";

/**
 * Records that what one micro-batch of a step has come to is added to a sum over all of them, times the micro-batch's share of the step;
 * the first micro-batch begins the sum. Micro-batches follow each other, so that the order of the sum is fixed.
 *
 * @param stepScalars [64]: [6] micro-batch, from 0, [7] its share.
 * @param part and @param sum are of one size, without gaps.
 */
export function accumulate(
  tape: Tape,
  part: Tensor,
  { sum, stepScalars }: { readonly sum: Tensor; readonly stepScalars: Tensor },
) {
  tape.dispatch(accumulateKernel, { tensors: { part, stepScalars, sum }, params: { length: sizeOf(part.shape) } });
}
