import { clipFactorKernel, SUM_PARTS, sumSquaresPartialKernel } from "../kernels/clip.ts";
import { sumRows } from "../ops/sumRows.ts";
import type { Tape } from "../ops/tape.ts";
import { extentOf, type Tensor } from "../ops/tensor.ts";
import type { ParameterArena } from "./arena.ts";

/**
 * Loss and norm of all gradients together in `metrics`, and in `clip` the factor that clips it, as
 * torch.nn.utils.clip_grad_norm_ has it.
 * From the first norm or loss that is not a finite number on, the factor stays −1 and optimizers change nothing. Sums
 * have a fixed order.
 *
 * @param options `maxNorm`, where 0 leaves gradients as they are; `loss` [1]; `metrics` [2], elsewhere than the loss: takes loss
 *   and norm before clipping; `others` sums of squares of gradients elsewhere.
 */
export function globalNormClip(
  tape: Tape,
  { gradients, clip }: Pick<ParameterArena, "gradients" | "clip">,
  {
    maxNorm,
    loss,
    metrics,
    others = [],
  }: {
    readonly maxNorm: number;
    readonly loss: Tensor;
    readonly metrics: Tensor;
    readonly others?: readonly Tensor[];
  },
): void {
  const own = squaresOf(tape, gradients);
  const partialSums = others.length > 0 ? summed(tape, [own, ...others]) : own;
  tape.dispatch(clipFactorKernel, {
    tensors: { partialSums, loss, clip, metrics },
    params: { parts: SUM_PARTS, maxNorm },
  });
}

/** The sum of [SUM_PARTS] each. */
function summed(tape: Tape, parts: readonly Tensor[]): Tensor {
  const all = tape.tensor("partial sums of all", [parts.length, SUM_PARTS]);
  for (const [at, sums] of parts.entries()) tape.deliver(sums, tape.slice(all, at));
  return sumRows(tape, all);
}

/** Sums of squares of equal stretches [SUM_PARTS] of all that a tensor reaches over. */
export function squaresOf(tape: Tape, input: Tensor): Tensor {
  const partialSums = tape.tensor("partial sums", [SUM_PARTS]);
  tape.dispatch(sumSquaresPartialKernel, { tensors: { input, partialSums }, params: { length: extentOf(input) } });
  return partialSums;
}
