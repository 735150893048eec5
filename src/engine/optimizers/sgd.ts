import { sgdKernel } from "../kernels/sgd.ts";
import type { Tape } from "../ops/tape.ts";
import type { ArenaState } from "./arenaState.ts";

/** Records one step of gradient descent over all parameters, in one dispatch: what the theory of Deep LoRA is about. */
export function sgd(tape: Tape, state: Omit<ArenaState, "firstMoment" | "secondMoment">): void {
  const { values: parameters, gradients, groupOfBlock, groups, clock, clip } = state;
  tape.dispatch(sgdKernel, {
    tensors: { gradients, groupOfBlock, groups, clock, clip, parameters },
    params: { length: parameters.shape[0]! },
  });
}
