import { choice, number, since } from "../../field.ts";
import { adamDirectionKernel } from "../../kernels/adamDirection.ts";
import { matmul } from "../../ops/matmul.ts";
import { randomNormal } from "../../ops/random.ts";
import { stacked } from "../../ops/tensor.ts";
import { defaults } from "../defaults.ts";
import { fieldsOf, optionsOf } from "../method.ts";
import { adamBetas, epsilon } from "./adam.ts";
import { descend, stackOf } from "./descend.ts";
import statement from "./galore.py?raw";
import { product } from "./hostProduct.ts";
import { isStack, optimizer, together } from "./optimizer.ts";
import { projectors } from "./projectors/index.ts";
import { PROJECTION_STREAM, type Projector } from "./projectors/projector.ts";
import { rest } from "./roles.ts";

/** The smaller side of a matrix stays whole; the other is projected. */
const sideOf = (rows: number, cols: number) => (rows >= cols ? "right" : "left");

const projectorFields = fieldsOf(projectors);

/** GaLore: Adam's moments of gradients within a subspace that is renewed now and then; all else is left to AdamW. */
export const galore = optimizer({
  label: `GaLore on matrices, ${rest.label} on the rest`,
  source: "Zhao et al. 2024, arXiv:2403.03507",
  equation: "R = Pᵀ G, W ← W − η (α P · Adam(R) + λ W)",
  fields: {
    ...rest.fields,
    projectionRank: since(
      5,
      number("GaLore rank", 8, { min: 1, max: 64, whole: true }, "Dimensions of the subspace of gradients."),
    ),
    refreshEvery: since(
      5,
      number(
        "Refresh every",
        200,
        { min: 1, max: 100000, whole: true },
        "Steps between two subspaces; moments stay as they are.",
      ),
    ),
    projectionScale: since(
      5,
      number("GaLore α", 0.25, { min: 0.001, max: 100 }, "Multiplies the step of projected matrices."),
    ),
    projector: since(
      5,
      choice("Projector", defaults.projector, optionsOf(projectors), "Where the subspace comes from."),
    ),
    ...projectorFields,
    epsilon,
  },
  python(settings) {
    return together(rest.python?.(settings), statement, (projectors[settings.projector] as Projector).python);
  },
  rest,
  takes: isStack,
  rank: "projectionRank",
  applies: (field, { projector }) =>
    !Object.hasOwn(projectorFields, field) || Object.hasOwn(projectors[projector]?.fields ?? {}, field),

  state({ shape }, { projectionRank: rank }) {
    const [count, rows, cols] = shape as [number, number, number];
    const isRight = sideOf(rows, cols) === "right";
    const moment = isRight ? [count, rows, rank] : [count, rank, cols];
    return { basis: [count, Math.min(rows, cols), rank], firstMoment: moment, secondMoment: moment };
  },

  problems: (_, { trains }) =>
    trains === "weights"
      ? []
      : [
          {
            field: "optimizer",
            problem:
              "GaLore projects gradients of whole weight matrices; choose full fine-tuning, or another optimiser",
          },
        ],

  digest: {
    every: ({ refreshEvery }) => refreshEvery,
    record(tape, { gradient, state, index, from, count }, { stepScalars, refreshes }, settings) {
      const [matrices, rows, cols] = gradient.shape as [number, number, number];
      const side = sideOf(rows, cols);
      const projector: Projector = projectors[settings.projector];
      const random = (height: number, width: number) => {
        // Drawn for the whole stack, so that a matrix gets the same ones however it comes.
        const all = randomNormal(tape, [count, height, width], stepScalars, { stream: PROJECTION_STREAM + index });
        return tape.view(all, { shape: [matrices, height, width], offset: from * height * width });
      };
      const basis = refreshes
        ? projector.basis(tape, { gradient, side, rank: settings.projectionRank, random }, settings)
        : state.basis!;
      const { strides } = state.firstMoment!;
      const projected =
        side === "right"
          ? matmul(tape, gradient, basis, { strides })
          : matmul(tape, basis, gradient, { transposeA: true, strides });
      return refreshes ? { projected, basis } : { projected };
    },
  },

  update(tape, { parameters }, step, settings) {
    const { beta1, beta2 } = adamBetas;
    const { stepScalars, clip } = step;
    for (const parameter of parameters) {
      const { value, state, epsilon, digest } = parameter;
      const [, rows, cols] = value.shape as [number, number, number];
      const { basis, firstMoment, secondMoment } = state as Required<typeof state>;
      const gradients = digest!.projected!;
      const isRight = sideOf(rows, cols) === "right";
      const { strides } = firstMoment!;
      const direction = tape.tensor(`direction of ${value.name}`, firstMoment!.shape, strides);
      tape.dispatch(adamDirectionKernel, {
        tensors: { gradients, stepScalars, clip, firstMoment: firstMoment!, secondMoment: secondMoment!, direction },
        params: { ...stackOf(direction), beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon },
      });
      const whole = { strides: stacked(value.shape) };
      const back = isRight
        ? matmul(tape, direction, basis!, { transposeB: true, ...whole })
        : matmul(tape, basis!, direction, whole);
      descend(tape, parameter, { direction: back, scale: settings.projectionScale }, step);
    }
  },

  reference(parameter, { t, learningRate, clip }, { projectionRank: rank, projectionScale }) {
    const { shape, value, gradient, state, rate, weightDecay, epsilon } = parameter;
    const { beta1, beta2 } = adamBetas;
    const [rows, cols] = shape as [number, number];
    const { basis, firstMoment: m, secondMoment: v } = state as Record<string, Float64Array>;
    const isRight = rows >= cols;
    const g = (i: number, j: number) => clip * gradient[i * cols + j]!;
    const p = (i: number, k: number) => basis![i * rank + k]!;
    const small = isRight ? product([rows, cols, rank], g, p) : product([rank, rows, cols], (k, i) => p(i, k), g);
    const correction = Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
    const n = small.map((each, i) => {
      m![i] = beta1 * m![i]! + (1 - beta1) * each;
      v![i] = beta2 * v![i]! + (1 - beta2) * each * each;
      return (correction * m![i]!) / (Math.sqrt(v![i]!) + epsilon);
    });
    const back = isRight
      ? product(
          [rows, rank, cols],
          (i, k) => n[i * rank + k]!,
          (k, j) => p(j, k),
        )
      : product([rows, rank, cols], p, (k, j) => n[k * cols + j]!);
    for (let i = 0; i < value.length; i++)
      value[i]! -= learningRate * rate * (projectionScale * back[i]! + weightDecay * value[i]!);
  },
});
