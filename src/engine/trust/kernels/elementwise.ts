import { addKernel } from "../../kernels/add.ts";
import { copyStridedKernel } from "../../kernels/copyStrided.ts";
import { fillKernel } from "../../kernels/fill.ts";
import { geluBackwardKernel, geluKernel } from "../../kernels/gelu.ts";
import { packHalvesKernel, unpackHalvesKernel, wordsOfHalves } from "../../kernels/halves.ts";
import { multiplyKernel } from "../../kernels/multiply.ts";
import { reluBackwardKernel, reluKernel } from "../../kernels/relu.ts";
import { scaledKernel } from "../../kernels/scaled.ts";
import { siluGateBackwardKernel, siluGateKernel } from "../../kernels/siluGate.ts";
import { squaredErrorBackwardKernel, squaredErrorKernel } from "../../kernels/squaredError.ts";
import { subtractKernel } from "../../kernels/subtract.ts";
import { tanhBackwardKernel, tanhKernel } from "../../kernels/tanh.ts";
import { kernelChecks } from "../kernelCheck.ts";
import { exact, functions, rounded, saturating } from "../tolerances.ts";

/** Less than a workgroup, and some more than several. */
const lengths = [[37], [1029]] as const;

/** Arguments to where a function has long been flat, on both sides. */
const wide = (values: Float64Array) => values.map((x) => Math.fround(6 * x));

/** From below the smallest half to beyond the largest. */
const ofManySizes = (values: Float64Array) => values.map((x, at) => Math.fround(x * 10 ** ((at % 15) - 9)));

/** What `packHalvesKernel` makes of them. */
function wordsOf(values: Float64Array): Float64Array {
  const out = new Float64Array(wordsOfHalves(values.length));
  packHalvesKernel.reference({ input: values, out }, { length: values.length }, {});
  return out;
}

const pairwise = [addKernel, subtractKernel, multiplyKernel].flatMap((kernel) =>
  kernelChecks(kernel, rounded, lengths, ([length], draw) => ({
    params: { length },
    inputs: { a: draw(length), b: draw(length) },
    outputs: { out: length },
  })),
);

const gelu = [true, false].flatMap((tanh) => {
  const about = tanh ? "by tanh" : "exact";
  return [
    ...kernelChecks(
      geluKernel,
      saturating,
      lengths,
      ([length], draw) => ({
        params: { length },
        flags: { tanh },
        inputs: { input: wide(draw(length)) },
        outputs: { out: length },
      }),
      about,
    ),
    ...kernelChecks(
      geluBackwardKernel,
      saturating,
      lengths,
      ([length], draw) => ({
        params: { length },
        flags: { tanh },
        inputs: { input: wide(draw(length)), dOut: draw(length) },
        outputs: { dInput: length },
      }),
      about,
    ),
  ];
});

/** A stack of three matrices whose rows, then columns, are scaled; the stack lies transposed. */
const scaled = kernelChecks(
  scaledKernel,
  rounded,
  [
    [3, 37, 5],
    [2, 67, 30],
  ] as const,
  ([outer, rows, cols], draw) => ({
    params: {
      ...{ rows, cols, length: outer * rows * cols },
      ...{ inputOffset: 2, inputOuter: rows * cols, inputRow: 1, inputCol: rows },
      ...{ scalesOffset: 1, scalesOuter: rows, scalesRow: 1, scalesCol: 0 },
      ...{ shiftsOffset: 0, shiftsOuter: 0, shiftsRow: 0, shiftsCol: 1 },
    },
    inputs: { input: draw(2 + outer * rows * cols), scales: draw(1 + outer * rows), shifts: draw(cols) },
    outputs: { out: outer * rows * cols },
  }),
);

/** Kernels that look at one element at a time. */
export const elementwiseChecks = [
  ...scaled,
  ...pairwise,
  ...gelu,
  ...kernelChecks(fillKernel, exact, lengths, ([length]) => ({
    params: { length, value: 0.75 },
    inputs: {},
    outputs: { out: length },
  })),
  ...kernelChecks(
    copyStridedKernel,
    exact,
    [
      [1, 2, 3, 5],
      [3, 4, 7, 11],
    ],
    ([size0, size1, size2, size3], draw) => ({
      // Axes change places, the input begins late and the output has gaps that must stay.
      params: {
        size0,
        size1,
        size2,
        size3,
        fromOffset: 3,
        from0: size1 * size2 * size3,
        from1: 1,
        from2: size1,
        from3: size1 * size2,
        toOffset: 2,
        to0: size1 * size2 * (size3 + 1),
        to1: size2 * (size3 + 1),
        to2: size3 + 1,
        to3: 1,
      },
      inputs: { input: draw(3 + size0 * size1 * size2 * size3) },
      outputs: { out: 2 + size0 * size1 * size2 * (size3 + 1) },
    }),
    "transposed into gaps",
  ),
  ...kernelChecks(reluKernel, exact, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: draw(length) },
    outputs: { out: length },
  })),
  ...kernelChecks(reluBackwardKernel, exact, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: draw(length), dOut: draw(length) },
    outputs: { dInput: length },
  })),
  ...kernelChecks(tanhKernel, saturating, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: wide(draw(length)) },
    outputs: { out: length },
  })),
  ...kernelChecks(tanhBackwardKernel, rounded, lengths, ([length], draw) => ({
    params: { length },
    inputs: { out: draw(length), dOut: draw(length) },
    outputs: { dInput: length },
  })),
  ...kernelChecks(siluGateKernel, functions, lengths, ([length], draw) => ({
    params: { length },
    inputs: { gate: wide(draw(length)), value: draw(length) },
    outputs: { out: length },
  })),
  ...kernelChecks(siluGateBackwardKernel, functions, lengths, ([length], draw) => ({
    params: { length },
    inputs: { gate: wide(draw(length)), value: draw(length), dOut: draw(length) },
    outputs: { dGate: length },
  })),
  ...kernelChecks(squaredErrorKernel, rounded, lengths, ([rows], draw) => ({
    params: { rows },
    inputs: { predictions: draw(rows), targets: draw(rows) },
    outputs: { loss: rows },
  })),
  ...kernelChecks(squaredErrorBackwardKernel, rounded, lengths, ([rows], draw) => ({
    params: { rows },
    inputs: { predictions: draw(rows), targets: draw(rows), dLoss: draw(rows) },
    outputs: { dPredictions: rows },
  })),
  ...kernelChecks(packHalvesKernel, exact, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: ofManySizes(draw(length)) },
    outputs: { out: wordsOfHalves(length) },
  })),
  ...kernelChecks(unpackHalvesKernel, exact, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: wordsOf(ofManySizes(draw(length)).map((value) => Math.max(-6e4, Math.min(6e4, value)))) },
    outputs: { out: length },
  })),
];
