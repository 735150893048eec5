import { accumulateKernel } from "../kernels/accumulate.ts";
import type { Tape } from "../ops/tape.ts";
import { sizeOf, type Tensor } from "../ops/tensor.ts";

/**
 * Records that what one pass of a step has come to is added to a sum over all of them, times the pass's share of the step;
 * the first pass begins the sum. Passes follow each other, so that the order of the sum is fixed.
 *
 * @param clock [64]: [6] pass, from 0, [7] its share.
 * @param part and @param sum are of one size, without gaps.
 */
export function accumulate(tape: Tape, part: Tensor, { sum, clock }: { readonly sum: Tensor; readonly clock: Tensor }) {
  tape.dispatch(accumulateKernel, { tensors: { part, clock, sum }, params: { length: sizeOf(part.shape) } });
}
