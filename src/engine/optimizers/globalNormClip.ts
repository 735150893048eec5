import { clipFactorKernel, SUM_PARTS, sumSquaresPartialKernel } from "../kernels/clip.ts";
import type { Tape } from "../ops/tape.ts";
import type { Tensor } from "../ops/tensor.ts";

/**
 * Norm of all gradients together, and the factor that clips it, as torch.nn.utils.clip_grad_norm_ has it. Sums have a
 * fixed order.
 *
 * @param gradients [length]. @param maxNorm 0 leaves gradients as they are.
 * @returns norm [1] before clipping, and clip [1].
 */
export function globalNormClip(tape: Tape, gradients: Tensor, maxNorm: number): { norm: Tensor; clip: Tensor } {
  const partialSums = tape.tensor("partial sums", [SUM_PARTS]);
  const norm = tape.tensor("gradient norm", [1]);
  const clip = tape.tensor("clip", [1]);
  tape.dispatch(sumSquaresPartialKernel, {
    tensors: { input: gradients, partialSums },
    params: { length: gradients.shape[0]! },
  });
  tape.dispatch(clipFactorKernel, { tensors: { partialSums, norm, clip }, params: { parts: SUM_PARTS, maxNorm } });
  return { norm, clip };
}
