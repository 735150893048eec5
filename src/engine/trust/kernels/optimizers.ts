import { adamDirectionKernel } from "../../kernels/adamDirection.ts";
import { descendKernel } from "../../kernels/descend.ts";
import { momentumKernel } from "../../kernels/momentum.ts";
import { normalizeStackKernel, STACK_PARTS, stackSquaresPartialKernel } from "../../kernels/normalizeStack.ts";
import { pruneMagnitudesKernel } from "../../kernels/pruneMagnitudes.ts";
import { takeUnlessStoppedKernel } from "../../kernels/takeUnlessStopped.ts";
import { kernelChecks } from "../kernelCheck.ts";
import { exact, functions, rounded, summed } from "../tolerances.ts";
import { stepScalars } from "./training.ts";

/** Matrices, elements of one, and elements between it and the next. */
const stacks = [
  [3, 35, 29],
  [2, 150, 42],
] as const;
type Stack = readonly [count: number, size: number, gap: number];
const extent = ([count, size, gap]: Stack) => count * (size + gap) - gap;
const layout = ([count, size, gap]: Stack) => ({ count, size, stride: size + gap });

/** Kernels of optimizers that work on stacks of matrices. */
export const optimizerChecks = [
  ...kernelChecks(stackSquaresPartialKernel, summed, stacks, (stack, draw) => ({
    params: layout(stack),
    inputs: { input: draw(extent(stack)) },
    outputs: { partialSums: stack[0] * STACK_PARTS },
  })),
  ...kernelChecks(normalizeStackKernel, functions, stacks, (stack, draw) => ({
    params: { ...layout(stack), epsilon: 1e-7 },
    inputs: { input: draw(extent(stack)), partialSums: draw(stack[0] * STACK_PARTS).map(Math.abs) },
    outputs: { out: extent(stack) },
  })),
  ...[0.5, -1].flatMap((clip) => {
    const about = clip < 0 ? "stopped" : "clipped";
    return [
      ...[0, 1].flatMap((nesterov) =>
        kernelChecks(
          momentumKernel,
          clip < 0 ? exact : rounded,
          [[37], [1029]],
          ([length], draw) => ({
            params: { length, beta: 0.9, weight: 0.1, nesterov },
            inputs: { gradients: draw(length), clip: [clip], moment: draw(length) },
            outputs: { direction: length },
          }),
          nesterov === 1 ? `${about}, Nesterov` : about,
        ),
      ),
      ...kernelChecks(
        descendKernel,
        clip < 0 ? exact : rounded,
        stacks,
        (stack, draw) => ({
          params: { ...layout(stack), rate: 0.5, scale: 0.3, decay: 0.1 },
          inputs: { direction: draw(extent(stack)), stepScalars, clip: [clip], parameters: draw(extent(stack)) },
          outputs: {},
        }),
        about,
      ),
      ...kernelChecks(
        adamDirectionKernel,
        clip < 0 ? exact : functions,
        stacks,
        (stack, draw) => ({
          params: {
            ...{ ...layout(stack), epsilon: 1e-6 },
            ...{ beta1: 0.9, beta2: 0.999, rest1: 1 - 0.9, rest2: 1 - 0.999 },
          },
          inputs: {
            ...{ gradients: draw(extent(stack)), stepScalars, clip: [clip] },
            ...{ firstMoment: draw(extent(stack)), secondMoment: draw(extent(stack)).map(Math.abs) },
          },
          outputs: { direction: extent(stack) },
        }),
        about,
      ),
      ...kernelChecks(
        takeUnlessStoppedKernel,
        exact,
        stacks,
        (stack, draw) => ({
          params: layout(stack),
          inputs: { input: draw(extent(stack)), clip: [clip], out: draw(extent(stack)) },
          outputs: {},
        }),
        about,
      ),
      ...[0, 0.9, 1].flatMap((share) =>
        kernelChecks(
          pruneMagnitudesKernel,
          exact,
          stacks,
          ([rows, size, gap], draw) => ({
            params: { rows, size, stride: size + gap, place: Math.floor(share * (size - 1)) },
            // Rounded, so that some are equal and some are 0.
            inputs: { clip: [clip], values: draw(extent([rows, size, gap])).map((x) => Math.round(32 * x) / 32) },
            outputs: {},
          }),
          `${about}, ${share} of it`,
        ),
      ),
    ];
  }),
];
