import { sgdKernel } from "../../kernels/sgd.ts";
import { sgdMomentumKernel } from "../../kernels/sgdMomentum.ts";
import { momentumFields } from "./momentum.ts";
import { optimizer } from "./optimizer.ts";

/** Gradient descent as in PyTorch; without momentum it is what the theory of Deep LoRA is about. One dispatch. */
export const sgd = optimizer({
  label: "SGD",
  source: "Robbins and Monro 1951; Sutskever et al. 2013",
  equation: "b ← β b + g + λ W, W ← W − η b",
  fields: momentumFields,
  learningRate: 0.1,
  takes: () => true,
  state: ({ shape }, { momentum }) => (momentum > 0 ? { momentum: shape } : {}),

  update(tape, segment, { clock, clip }, settings) {
    const { values: parameters, gradients, state, groupOfBlock, groups } = segment;
    const tensors = { gradients, groupOfBlock, groups, clock, clip, parameters };
    const length = parameters.shape[0]!;
    const { momentum } = state;
    if (!momentum) {
      tape.dispatch(sgdKernel, { tensors, params: { length } });
      return;
    }
    tape.dispatch(sgdMomentumKernel, {
      tensors: { ...tensors, momentum },
      params: { length, beta: settings.momentum, nesterov: settings.nesterov === "on" ? 1 : 0 },
    });
  },
});
