import { choice, number, since } from "../../field.ts";
import { momentumKernel } from "../../kernels/momentum.ts";
import { NORM_EPSILON, newtonSchulz, QUINTIC } from "../../linalg/newtonSchulz.ts";
import { extentOf } from "../../ops/tensor.ts";
import { descend } from "./descend.ts";
import { product } from "./hostProduct.ts";
import statement from "./muon.py?raw";
import { nesterov } from "./nesterov.ts";
import { isStack, optimizer, together } from "./optimizer.ts";
import { rest } from "./roles.ts";

/** Length of a step of an orthogonal matrix, by the convention that is chosen. */
const lengths = {
  rms: (rows: number, cols: number) => 0.2 * Math.sqrt(Math.max(rows, cols)),
  spectral: (rows: number, cols: number) => Math.sqrt(Math.max(1, rows / cols)),
};

/** Muon: momentum of each matrix, made orthogonal by Newton–Schulz iteration; all else is left to AdamW. */
export const muon = optimizer({
  label: `Muon on matrices, ${rest.label} on the rest`,
  source: "Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982",
  equation: "B ← β B + (1 − β) G, W ← W − η (s · NS(B) + λ W)",
  fields: {
    ...rest.fields,
    muonMomentum: since(
      5,
      number(
        "Muon β",
        0.95,
        { min: 0, max: 0.999 },
        "Share of the gradients' moving average that the next step keeps.",
      ),
    ),
    nesterov,
    newtonSchulzSteps: since(
      5,
      number(
        "Newton–Schulz steps",
        5,
        { min: 1, max: 12, whole: true },
        "Iterations that take the direction's singular values to about 1.",
      ),
    ),
    muonScale: since(
      5,
      choice(
        "Muon scale",
        "rms",
        { rms: "0.2 · √max(rows, cols)", spectral: "√max(1, rows / cols)" },
        "Length of a step: as long as AdamW's, so that one learning rate suits both, or as Muon's authors have it.",
      ),
    ),
  },
  python: (settings) => together(rest.python?.(settings), statement),
  rest,
  takes: isStack,
  state: ({ shape }) => ({ momentum: shape }),

  problems: (_, { hasMatrices }) =>
    hasMatrices
      ? []
      : [{ field: "optimizer", problem: "Muon updates matrices of layers, and none of these trains; choose AdamW" }],

  update(tape, { parameters }, step, settings) {
    const { muonMomentum: beta, newtonSchulzSteps, muonScale } = settings;
    for (const parameter of parameters) {
      const { value, gradient, state, rate } = parameter;
      if (rate === 0) continue;
      const direction = tape.tensor(`direction of ${value.name}`, value.shape, value.strides);
      tape.dispatch(momentumKernel, {
        tensors: { gradients: gradient, clip: step.clip, moment: state.momentum!, direction },
        params: { length: extentOf(value), beta, weight: 1 - beta, nesterov: settings.nesterov === "on" ? 1 : 0 },
      });
      const { factor, scale } = newtonSchulz(tape, direction, newtonSchulzSteps);
      const [, rows, cols] = value.shape as [number, number, number];
      descend(tape, parameter, { direction: factor, scale: scale * lengths[muonScale](rows, cols) }, step);
    }
  },

  reference({ shape, value, gradient, state, rate, weightDecay }, { learningRate, clip }, settings) {
    if (rate === 0) return;
    const [rows, cols] = shape as [number, number];
    const { muonMomentum: beta, newtonSchulzSteps, muonScale } = settings;
    const kept = state.momentum!;
    for (let i = 0; i < kept.length; i++) kept[i] = beta * kept[i]! + (1 - beta) * clip * gradient[i]!;
    const ahead = kept.map((b, i) => beta * b + (1 - beta) * clip * gradient[i]!);
    const polar = polarFactor(settings.nesterov === "on" ? ahead : kept, [rows, cols], newtonSchulzSteps);
    const length = learningRate * rate * lengths[muonScale](rows, cols);
    for (let i = 0; i < value.length; i++)
      value[i] = value[i]! * (1 - learningRate * rate * weightDecay) - length * polar[i]!;
  },
});

/** Newton–Schulz as its definition has it: X ← a X + (b X Xᵀ + c (X Xᵀ)²) X. */
function polarFactor(x: Float64Array, [rows, cols]: readonly [number, number], steps: number): Float64Array {
  const [a, b, c] = QUINTIC;
  const norm = Math.hypot(...x) + NORM_EPSILON;
  let y = x.map((each) => each / norm);
  for (let step = 0; step < steps; step++) {
    const gram = product(
      [rows, cols, rows],
      (i, k) => y[i * cols + k]!,
      (k, j) => y[j * cols + k]!,
    );
    const square = product(
      [rows, rows, rows],
      (i, k) => gram[i * rows + k]!,
      (k, j) => gram[k * rows + j]!,
    );
    const inner = gram.map((each, i) => b * each + c * square[i]!);
    const moved = product(
      [rows, rows, cols],
      (i, k) => inner[i * rows + k]!,
      (k, j) => y[k * cols + j]!,
    );
    y = y.map((each, i) => a * each + moved[i]!);
  }
  return y;
}
