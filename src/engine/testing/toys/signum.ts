import { number, since } from "../../field.ts";
import { momentumKernel } from "../../kernels/momentum.ts";
import { descend } from "../../methods/optimizers/descend.ts";
import { optimizer } from "../../methods/optimizers/optimizer.ts";
import { tanh } from "../../ops/tanh.ts";
import { extentOf } from "../../ops/tensor.ts";

const BETA = 0.9;

/** Sign descent with momentum, with a slope in place of the jump at 0. */
export const signum = optimizer({
  label: "Toy of signs",
  source: "Bernstein et al. 2018, arXiv:1802.04434",
  equation: "B ← β B + (1 − β) κ g, W ← W − η (tanh(B) + λ W)",
  learningRate: 1e-3,
  fields: {
    toySlope: since(99, number("Toy slope κ", 20, { min: 0.1, max: 1e4 }, "Slope of the sign at 0.")),
  },
  takes: () => true,
  state: ({ shape }) => ({ momentum: shape }),

  update(tape, { parameters }, step, { toySlope }) {
    for (const parameter of parameters) {
      const { value, gradient, state, rate } = parameter;
      if (rate === 0) continue;
      const length = extentOf(value);
      const average = tape.tensor(`average of ${value.name}`, [length]);
      tape.dispatch(momentumKernel, {
        tensors: { gradients: gradient, clip: step.clip, moment: state.momentum!, direction: average },
        params: { length, beta: BETA, weight: (1 - BETA) * toySlope, nesterov: 0 },
      });
      descend(tape, parameter, { direction: tanh(tape, average), scale: 1 }, step);
    }
  },

  reference({ value, gradient, state, rate, weightDecay }, { learningRate, clip }, { toySlope }) {
    if (rate === 0) return;
    const kept = state.momentum!;
    for (let i = 0; i < value.length; i++) {
      kept[i] = BETA * kept[i]! + (1 - BETA) * toySlope * clip * gradient[i]!;
      value[i]! -= learningRate * rate * (Math.tanh(kept[i]!) + weightDecay * value[i]!);
    }
  },
});
