import { argmaxRowsKernel } from "../../kernels/argmaxRows.ts";
import { crossEntropyBackwardKernel, crossEntropyKernel } from "../../kernels/crossEntropy.ts";
import { embedTokensKernel } from "../../kernels/embedTokens.ts";
import { gatherRowsKernel, scatterAddRowsKernel } from "../../kernels/gatherRows.ts";
import { inverseNormsKernel } from "../../kernels/inverseNorms.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { layerNormBackwardKernel, layerNormKernel, layerNormScaleBackwardKernel } from "../../kernels/layerNorm.ts";
import { maxPoolBackwardKernel, maxPoolKernel } from "../../kernels/maxPool.ts";
import { meanPoolBackwardKernel, meanPoolKernel } from "../../kernels/meanPool.ts";
import { meanSquaredErrorKernel } from "../../kernels/meanSquaredError.ts";
import { normalizeRowsBackwardKernel, normalizeRowsKernel } from "../../kernels/normalizeRows.ts";
import { pairFeaturesBackwardKernel, pairFeaturesKernel } from "../../kernels/pairFeatures.ts";
import { rmsNormBackwardKernel, rmsNormKernel, rmsNormScaleBackwardKernel } from "../../kernels/rmsNorm.ts";
import { sumRowsKernel } from "../../kernels/sumRows.ts";
import { weightedMeanBackwardKernel, weightedMeanKernel } from "../../kernels/weightedMean.ts";
import {
  meanOfSumsBackwardKernel,
  meanOfSumsKernel,
  WEIGHTED_PARTS,
  weightedSumsPartialKernel,
} from "../../kernels/weightedMeanInParts.ts";
import { type Draw, kernelChecks } from "../kernelCheck.ts";
import { exact, functions, rounded, summed } from "../tolerances.ts";

/** Few rows that are long, and more rows than a workgroup has invocations. */
const matrices = [
  [5, 19],
  [67, 33],
] as const;

/** Rows, positions, width. */
const batches = [
  [3, 5, 7],
  [2, 13, 35],
] as const;

const lengths = [[9], [131]] as const;

/** Whole numbers below a bound, some of them several times. */
const indices = (draw: Draw, count: number, bound: number) => draw(count).map((x) => Math.floor(((x + 1) / 2) * bound));

/** Ones, then zeros: row by row fewer tokens, the last row nothing but padding. */
const padding = (rows: number, length: number) =>
  Float64Array.from({ length: rows * length }, (_, at) =>
    at % length < Math.round((length * (rows - 1 - Math.floor(at / length))) / (rows - 1)) ? 1 : 0,
  );

const positive = (values: Float64Array) => values.map((x) => Math.fround(1.5 + x));

/** Kernels that look at a row, or a column, at a time. */
export const rowChecks = [
  ...kernelChecks(argmaxRowsKernel, exact, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols) },
    outputs: { out: rows },
  })),
  ...kernelChecks(sumRowsKernel, summed, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols) },
    outputs: { out: cols },
  })),
  ...kernelChecks(layerNormKernel, functions, matrices, ([rows, cols], draw) => ({
    params: { rows, cols, epsilon: 1e-5 },
    inputs: { input: draw(rows * cols), scale: draw(cols), bias: draw(cols) },
    outputs: { out: rows * cols, statistics: 2 * rows },
  })),
  ...normBackwardChecks(layerNormBackwardKernel, (rows, draw) => ({ statistics: draw(2 * rows) })),
  ...kernelChecks(layerNormScaleBackwardKernel, summed, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols), statistics: draw(2 * rows), dOut: draw(rows * cols) },
    outputs: { dScale: cols },
  })),
  ...kernelChecks(rmsNormKernel, functions, matrices, ([rows, cols], draw) => ({
    params: { rows, cols, epsilon: 1e-5 },
    inputs: { input: draw(rows * cols), scale: draw(cols) },
    outputs: { out: rows * cols, inverse: rows },
  })),
  ...normBackwardChecks(rmsNormBackwardKernel, (rows, draw) => ({ inverse: positive(draw(rows)) })),
  ...kernelChecks(rmsNormScaleBackwardKernel, summed, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols), inverse: positive(draw(rows)), dOut: draw(rows * cols) },
    outputs: { dScale: cols },
  })),
  ...kernelChecks(inverseNormsKernel, functions, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols) },
    outputs: { out: rows },
  })),
  ...kernelChecks(normalizeRowsKernel, functions, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    // The first row has no direction.
    inputs: { input: draw(rows * cols).fill(0, 0, cols) },
    outputs: { out: rows * cols },
  })),
  ...kernelChecks(normalizeRowsBackwardKernel, functions, matrices, ([rows, cols], draw) => ({
    params: { rows, cols },
    inputs: { input: draw(rows * cols).fill(0, 0, cols), dOut: draw(rows * cols) },
    outputs: { dInput: rows * cols },
  })),
  ...kernelChecks(pairFeaturesKernel, functions, matrices, ([pairs, width], draw) => ({
    params: { pairs, width },
    inputs: { embeddings: draw(2 * pairs * width).fill(0, 0, width) },
    outputs: { features: pairs * (2 * width + 1) },
  })),
  ...kernelChecks(pairFeaturesBackwardKernel, functions, matrices, ([pairs, width], draw) => ({
    params: { pairs, width },
    inputs: { embeddings: draw(2 * pairs * width), dFeatures: draw(pairs * (2 * width + 1)) },
    outputs: { dEmbeddings: 2 * pairs * width },
  })),
  ...kernelChecks(crossEntropyKernel, functions, matrices, ([rows, classes], draw) => ({
    params: { rows, classes },
    inputs: { logits: draw(rows * classes).map((x) => 6 * x), labels: indices(draw, rows, classes) },
    outputs: { loss: rows },
  })),
  ...kernelChecks(crossEntropyBackwardKernel, functions, matrices, ([rows, classes], draw) => ({
    params: { rows, classes },
    inputs: { logits: draw(rows * classes).map((x) => 6 * x), labels: indices(draw, rows, classes), dLoss: draw(rows) },
    outputs: { dLogits: rows * classes },
  })),
  ...kernelChecks(
    gatherRowsKernel,
    exact,
    matrices,
    ([count, width], draw) => ({
      params: { count, width },
      inputs: { table: draw(9 * width), ids: indices(draw, count, 9) },
      outputs: { out: count * width },
    }),
    "out of 9",
  ),
  // The smallest halves are subnormal: an adapter that takes them for zero would lose much of a layer of small weights.
  ...(["float16", "bfloat16"] as const).flatMap((format) =>
    kernelChecks(
      gatherRowsKernel,
      exact,
      matrices,
      ([count, width], draw) => ({
        params: { count, width },
        formats: { table: format },
        inputs: { table: draw(9 * width).map((x) => x * 2 ** -13), ids: indices(draw, count, 9) },
        outputs: { out: count * width },
      }),
      `out of 9 in ${format}`,
    ),
  ),
  ...[
    { typed: true, about: "with types" },
    { typed: false, about: "without types" },
    { typed: true, about: "with types, in bfloat16", format: "bfloat16" as const },
  ].flatMap(({ typed, about, format }) =>
    kernelChecks(
      embedTokensKernel,
      rounded,
      batches,
      ([rows, length, width], draw) => ({
        params: { count: rows * length, width, length, firstPlace: 3 },
        flags: { typed },
        ...(format && { formats: { words: format, places: format, types: format } }),
        inputs: {
          words: draw(9 * width),
          ids: indices(draw, rows * length, 9),
          places: draw(3 + length * width),
          types: draw(2 * width),
          segments: indices(draw, rows * length, 2),
        },
        outputs: { out: rows * length * width },
      }),
      about,
    ),
  ),
  ...kernelChecks(
    scatterAddRowsKernel,
    summed,
    matrices,
    ([count, width], draw) => ({
      params: { count, width },
      inputs: { values: draw(count * width), ids: indices(draw, count, 9), out: new Float64Array(9 * width) },
      outputs: {},
    }),
    "into 9",
  ),
  ...kernelChecks(meanPoolKernel, summed, batches, ([rows, length, width], draw) => ({
    params: { rows, length, width },
    inputs: { input: draw(rows * length * width), mask: padding(rows, length) },
    outputs: { out: rows * width },
  })),
  ...kernelChecks(meanPoolBackwardKernel, rounded, batches, ([rows, length, width], draw) => ({
    params: { rows, length, width },
    inputs: { mask: padding(rows, length), dOut: draw(rows * width) },
    outputs: { dInput: rows * length * width },
  })),
  ...kernelChecks(maxPoolKernel, exact, batches, ([rows, length, width], draw) => ({
    params: { rows, length, width },
    inputs: { input: draw(rows * length * width), mask: padding(rows, length) },
    outputs: { out: rows * width, places: rows * width },
  })),
  ...kernelChecks(maxPoolBackwardKernel, exact, batches, ([rows, length, width], draw) => ({
    params: { rows, length, width },
    // The last row was nothing but padding.
    inputs: { places: indices(draw, rows * width, length).fill(-1, (rows - 1) * width), dOut: draw(rows * width) },
    outputs: { dInput: rows * length * width },
  })),
  ...kernelChecks(weightedMeanKernel, functions, lengths, ([length], draw) => ({
    params: { length },
    inputs: { values: draw(length), weights: positive(draw(length)).fill(0, 0, 3) },
    outputs: { mean: 1 },
  })),
  ...kernelChecks(meanSquaredErrorKernel, summed, lengths, ([rows], draw) => ({
    params: { rows },
    inputs: { predictions: draw(rows), targets: draw(rows), weights: positive(draw(rows)).fill(0, 0, 3) },
    outputs: { losses: rows, mean: 1, dPredictions: rows },
  })),
  ...kernelChecks(weightedMeanBackwardKernel, summed, lengths, ([length], draw) => ({
    params: { length },
    inputs: { weights: positive(draw(length)).fill(0, 0, 3), dMean: draw(1) },
    outputs: { dValues: length },
  })),
  // Fewer values than stretches, and stretches of many of which the last ones are short or empty.
  ...kernelChecks(weightedSumsPartialKernel, summed, [[131], [33_001]], ([length], draw) => ({
    params: { length },
    // A weight of zero leaves out what is no number.
    inputs: { values: draw(length).fill(Number.NaN, 0, 3), weights: positive(draw(length)).fill(0, 0, 3) },
    outputs: { sums: WEIGHTED_PARTS, totals: WEIGHTED_PARTS },
  })),
  ...kernelChecks(meanOfSumsKernel, functions, lengths, ([parts], draw) => ({
    params: { parts },
    inputs: { sums: draw(parts), totals: positive(draw(parts)) },
    outputs: { mean: 1, total: 1 },
  })),
  ...kernelChecks(meanOfSumsBackwardKernel, rounded, lengths, ([length], draw) => ({
    params: { length },
    inputs: { weights: positive(draw(length)).fill(0, 0, 3), total: [1.5 * length], dMean: draw(1) },
    outputs: { dValues: length },
  })),
];

/** The gradient of a norm, by itself and added to what was there. @param statistics what its forward pass remembers. */
function normBackwardChecks(
  kernel: Kernel,
  statistics: (rows: number, draw: Draw) => Record<string, ArrayLike<number>>,
) {
  return [0, 1].flatMap((sumStep) =>
    kernelChecks(
      kernel,
      functions,
      matrices,
      ([rows, cols], draw) => ({
        params: { rows, cols, sumStep },
        inputs: {
          input: draw(rows * cols),
          scale: draw(cols),
          ...statistics(rows, draw),
          dOut: draw(rows * cols),
          sum: draw(sumStep === 1 ? rows * cols : 1),
        },
        outputs: { dInput: rows * cols },
      }),
      sumStep === 1 ? "added to what was there" : undefined,
    ),
  );
}
