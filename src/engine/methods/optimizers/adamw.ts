import { adamwKernel } from "../../kernels/adamw.ts";
import { adamBetas, epsilon } from "./adam.ts";
import statement from "./adamw.py?raw";
import { optimizer } from "./optimizer.ts";

/** AdamW as in PyTorch: epsilon outside the root, bias-corrected moments, decoupled decay; one dispatch. */
export const adamw = optimizer({
  label: "AdamW",
  source: "Loshchilov and Hutter 2019, arXiv:1711.05101",
  equation: "W ← W − η (m̂ / (√v̂ + ε) + λ W)",
  fields: { epsilon },
  python: () => statement,
  takes: () => true,
  state: ({ shape }) => ({ firstMoment: shape, secondMoment: shape }),

  update(tape, { values: parameters, gradients, state, groupOfBlock, groups }, { stepScalars, clip }) {
    const { firstMoment, secondMoment } = state;
    const { beta1, beta2 } = adamBetas;
    tape.dispatch(adamwKernel, {
      tensors: {
        ...{ gradients, groupOfBlock, groups, stepScalars, clip, parameters },
        ...{ firstMoment: firstMoment!, secondMoment: secondMoment! },
      },
      params: { length: parameters.shape[0]!, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2 },
    });
  },

  reference({ value, gradient, state, rate, weightDecay, epsilon }, { t, learningRate, clip }) {
    const { beta1, beta2 } = adamBetas;
    const { firstMoment: m, secondMoment: v } = state as Record<string, Float64Array>;
    for (let i = 0; i < value.length; i++) {
      const g = clip * gradient[i]!;
      m![i] = beta1 * m![i]! + (1 - beta1) * g;
      v![i] = beta2 * v![i]! + (1 - beta2) * g * g;
      const step = m![i]! / (1 - beta1 ** t) / (Math.sqrt(v![i]! / (1 - beta2 ** t)) + epsilon);
      value[i] = value[i]! * (1 - learningRate * rate * weightDecay) - learningRate * rate * step;
    }
  },
});
