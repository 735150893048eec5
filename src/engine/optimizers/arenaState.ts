import type { Tensor } from "../ops/tensor.ts";

/** What an optimizer works on: flat tensors of one layout, with a group for every run of 64 elements. */
export interface ArenaState {
  /** [length] each, length a multiple of 64. */
  readonly values: Tensor;
  readonly gradients: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  /** [length / 64] */
  readonly groupOfBlock: Tensor;
  /** [count, 4]: learning rate as a multiple of the run's, weight decay, epsilon, unused. */
  readonly groups: Tensor;
  /** [64]: [1] learning rate, [2] 1 / (1 − β₁ᵗ), [3] 1 / (1 − β₂ᵗ). */
  readonly clock: Tensor;
  /** [1]: a factor for all gradients; negative once a gradient was not finite, and then nothing is updated. */
  readonly clip: Tensor;
}
