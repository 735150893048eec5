import { accumulateKernel } from "../../kernels/accumulate.ts";
import { adamwKernel } from "../../kernels/adamw.ts";
import { clipFactorKernel, SUM_PARTS, sumSquaresPartialKernel } from "../../kernels/clip.ts";
import { dropoutKernel } from "../../kernels/dropout.ts";
import { exchangeKernel } from "../../kernels/exchange.ts";
import { firstNotFiniteKernel, SEARCH_PARTS } from "../../kernels/firstNotFinite.ts";
import { philoxWordsKernel } from "../../kernels/philoxWords.ts";
import { randomNormalKernel, randomUniformKernel } from "../../kernels/random.ts";
import { sgdKernel } from "../../kernels/sgd.ts";
import { sgdMomentumKernel } from "../../kernels/sgdMomentum.ts";
import { type Draw, kernelChecks } from "../kernelCheck.ts";
import { exact, functions, rounded, summed, trigonometric } from "../tolerances.ts";

const lengths = [[37], [1029]] as const;

/** Parameters, in blocks of 64 that belong to two groups in turn. */
const arenas = [[130], [320]] as const;

/** Step, learning rate, Adam's corrections after three steps, and the halves of a seed. */
export const stepScalars = Float64Array.from({ length: 64 }, (_, at) =>
  Math.fround([3, 0.01, 1 / (1 - 0.9 ** 3), 1 / (1 - 0.999 ** 3), 0xbeef, 0xdead][at] ?? 0),
);

/** The third of several micro-batches, with its share of the step. */
const laterScalars = stepScalars.with(6, 2).with(7, 0.375);

/** An arena before a step. @param clip −1 is what stops every update. */
const arena = (length: number, draw: Draw, clip: number) => ({
  gradients: draw(length),
  groupOfBlock: Array.from({ length: Math.ceil(length / 64) }, (_, block) => block % 2),
  groups: [1, 0, 1e-8, 0, 0.5, 0.1, 1e-6, 0],
  stepScalars,
  clip: [clip],
  parameters: draw(length),
});

/** Kernels that draw random numbers, take steps and look for where a run went wrong. */
export const trainingChecks = [
  ...kernelChecks(philoxWordsKernel, exact, [[3], [67]], ([count], draw) => ({
    params: { count },
    inputs: { inputs: draw(12 * count).map((x) => Math.floor(0x8000 * (x + 1))) },
    outputs: { out: 8 * count },
  })),
  ...kernelChecks(randomUniformKernel, exact, lengths, ([length]) => ({
    params: { length, stream: 7 },
    inputs: { stepScalars },
    outputs: { out: length },
  })),
  ...kernelChecks(randomNormalKernel, trigonometric, lengths, ([length]) => ({
    params: { length, stream: 7 },
    inputs: { stepScalars },
    outputs: { out: length },
  })),
  ...[stepScalars, laterScalars].flatMap((own) =>
    kernelChecks(
      dropoutKernel,
      rounded,
      lengths,
      ([length], draw) => ({
        params: { length, stream: 9, probability: 0.3 },
        inputs: { input: draw(length), stepScalars: own },
        outputs: { out: length },
      }),
      own === stepScalars ? undefined : "of a later micro-batch",
    ),
  ),
  ...[stepScalars.with(7, 0.625), laterScalars].flatMap((own) => {
    const isFirst = own !== laterScalars;
    return kernelChecks(
      accumulateKernel,
      rounded,
      lengths,
      ([length], draw) => ({
        params: { length },
        // What a step has left behind that came to no finite number.
        inputs: { part: draw(length), stepScalars: own, sum: isFirst ? Array(length).fill(Number.NaN) : draw(length) },
        outputs: {},
      }),
      isFirst ? "of the first micro-batch" : "of a later micro-batch",
    );
  }),
  ...kernelChecks(exchangeKernel, exact, lengths, ([length], draw) => ({
    params: { length },
    inputs: { a: draw(length), b: draw(length) },
    outputs: {},
  })),
  ...kernelChecks(sumSquaresPartialKernel, summed, lengths, ([length], draw) => ({
    params: { length },
    inputs: { input: draw(length) },
    outputs: { partialSums: SUM_PARTS },
  })),
  ...[
    { maxNorm: 0.5, loss: 1, about: "above the largest norm" },
    { maxNorm: 0, loss: 1, about: "without a largest norm" },
    { maxNorm: 0.5, loss: Number.NaN, about: "with a loss that is no number" },
  ].flatMap(({ maxNorm, loss, about }) =>
    kernelChecks(
      clipFactorKernel,
      summed,
      [[5], [131]],
      ([parts], draw) => ({
        params: { parts, maxNorm },
        inputs: { partialSums: draw(parts).map(Math.abs), loss: [loss], clip: [1] },
        outputs: { metrics: 2 },
      }),
      about,
    ),
  ),
  ...(["float32", "float16", "bfloat16"] as const).flatMap((format) =>
    kernelChecks(
      firstNotFiniteKernel,
      exact,
      lengths,
      ([length], draw) => ({
        params: { length },
        formats: { input: format },
        // Every thirteenth element is not a number, every seventeenth infinite, of either sign.
        inputs: {
          input: draw(length).map((x, at) => (at % 13 === 5 ? Number.NaN : at % 17 === 3 ? Math.sign(x) / 0 : x)),
        },
        outputs: { found: SEARCH_PARTS },
      }),
      `in ${format}`,
    ),
  ),
  ...[0.5, -1].flatMap((clip) => {
    const about = clip < 0 ? "stopped" : "clipped";
    return [
      ...kernelChecks(
        adamwKernel,
        clip < 0 ? exact : functions,
        arenas,
        ([length], draw) => ({
          params: { length, beta1: 0.9, beta2: 0.999, rest1: 1 - 0.9, rest2: 1 - 0.999 },
          inputs: { ...arena(length, draw, clip), firstMoment: draw(length), secondMoment: draw(length).map(Math.abs) },
          outputs: {},
        }),
        about,
      ),
      ...[0, 1].flatMap((nesterov) =>
        kernelChecks(
          sgdMomentumKernel,
          clip < 0 ? exact : rounded,
          arenas,
          ([length], draw) => ({
            params: { length, beta: 0.9, nesterov },
            inputs: { ...arena(length, draw, clip), momentum: draw(length) },
            outputs: {},
          }),
          nesterov === 1 ? `${about}, Nesterov` : about,
        ),
      ),
      ...kernelChecks(
        sgdKernel,
        clip < 0 ? exact : rounded,
        arenas,
        ([length], draw) => ({ params: { length }, inputs: arena(length, draw, clip), outputs: {} }),
        about,
      ),
    ];
  }),
];
