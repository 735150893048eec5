import { adamwKernel } from "../kernels/adamw.ts";
import type { Tape } from "../ops/tape.ts";
import type { ArenaState } from "./arenaState.ts";

/**
 * Records one step of AdamW over all parameters, in one dispatch (Loshchilov and Hutter, 2019, arXiv:1711.05101, as in
 * PyTorch: epsilon outside the root, bias-corrected moments, decoupled decay).
 */
export function adamw(
  tape: Tape,
  state: ArenaState,
  { beta1, beta2 }: { readonly beta1: number; readonly beta2: number },
): void {
  const { values: parameters, gradients, firstMoment, secondMoment, groupOfBlock, groups, clock, clip } = state;
  tape.dispatch(adamwKernel, {
    tensors: { gradients, groupOfBlock, groups, clock, clip, parameters, firstMoment, secondMoment },
    params: { length: parameters.shape[0]!, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2 },
  });
}
