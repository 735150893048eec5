import { clipFactorKernel, SUM_PARTS, sumSquaresPartialKernel } from "../kernels/clip.ts";
import type { Tape } from "../ops/tape.ts";
import type { Tensor } from "../ops/tensor.ts";
import type { ParameterArena } from "./arena.ts";

/**
 * Norm of all gradients together, and in `clip` the factor that clips it, as torch.nn.utils.clip_grad_norm_ has it.
 * From the first norm or loss that is not a finite number on, the factor stays −1 and optimizers change nothing. Sums
 * have a fixed order.
 *
 * @param options `maxNorm`, where 0 leaves gradients as they are; `loss` [1].
 * @returns norm [1] before clipping.
 */
export function globalNormClip(
  tape: Tape,
  { gradients, clip }: Pick<ParameterArena, "gradients" | "clip">,
  { maxNorm, loss }: { readonly maxNorm: number; readonly loss: Tensor },
): Tensor {
  const partialSums = tape.tensor("partial sums", [SUM_PARTS]);
  const norm = tape.tensor("gradient norm", [1]);
  tape.dispatch(sumSquaresPartialKernel, {
    tensors: { input: gradients, partialSums },
    params: { length: gradients.shape[0]! },
  });
  tape.dispatch(clipFactorKernel, {
    tensors: { partialSums, loss, clip, norm },
    params: { parts: SUM_PARTS, maxNorm },
  });
  return norm;
}
