import { number, since } from "../../field.ts";
import { sgdKernel } from "../../kernels/sgd.ts";
import { sgdMomentumKernel } from "../../kernels/sgdMomentum.ts";
import { nesterov } from "./nesterov.ts";
import { optimizer } from "./optimizer.ts";
import statement from "./sgd.py?raw";

/** Gradient descent as in PyTorch; without momentum it is what the theory of Deep LoRA is about. One dispatch. */
export const sgd = optimizer({
  label: "SGD",
  source: "Robbins and Monro 1951; Sutskever et al. 2013",
  equation: "b ← β b + g + λ W, W ← W − η b",
  fields: {
    momentum: since(
      5,
      number(
        "Momentum β",
        0.9,
        { min: 0, max: 0.999 },
        "Share of the last step's direction that the next one keeps; 0 is plain gradient descent.",
      ),
    ),
    nesterov,
  },
  learningRate: 0.01,
  python: () => statement,
  takes: () => true,
  applies: (field, { momentum }) => field !== "nesterov" || momentum > 0,
  state: ({ shape }, { momentum }) => (momentum > 0 ? { momentum: shape } : {}),

  update(tape, segment, { stepScalars, clip }, settings) {
    const { values: parameters, gradients, state, groupOfBlock, groups } = segment;
    const tensors = { gradients, groupOfBlock, groups, stepScalars, clip, parameters };
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

  reference({ value, gradient, state, rate, weightDecay }, { learningRate, clip }, { momentum: beta, nesterov }) {
    const kept = state.momentum ?? new Float64Array(value.length);
    for (let i = 0; i < value.length; i++) {
      const g = clip * gradient[i]! + weightDecay * value[i]!;
      kept[i] = beta * kept[i]! + g;
      value[i]! -= learningRate * rate * (nesterov === "on" ? g + beta * kept[i]! : kept[i]!);
    }
  },
});
