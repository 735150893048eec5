import { ShapeError } from "../errors.ts";
import { weightedMeanBackwardKernel, weightedMeanKernel } from "../kernels/weightedMean.ts";
import {
  meanOfSumsBackwardKernel,
  meanOfSumsKernel,
  WEIGHTED_PARTS,
  weightedSumsPartialKernel,
} from "../kernels/weightedMeanInParts.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The most values that one invocation adds up. */
const IN_ONE_STAGE = 32_768;

/**
 * Σ values · weights / Σ weights, in a fixed order: one sum of few values, above `stages.limit` one sum of the sums of
 * equal stretches.
 *
 * @param values [n]. @param weights [n], not differentiated; all zero gives zero. @returns [1].
 * @throws ShapeError when the sizes differ.
 */
export function weightedMean(
  tape: Tape,
  values: Tensor,
  weights: Tensor,
  stages: { readonly limit: number } = { limit: IN_ONE_STAGE },
): Tensor {
  const [length] = values.shape as [number];
  if (values.shape.length !== 1 || weights.shape.join() !== `${length}`) {
    throw new ShapeError(
      `weightedMean: ${values.name} [${values.shape}] and ${weights.name} [${weights.shape}] differ`,
    );
  }
  const record = length > stages.limit ? inParts : atOnce;
  const { mean, backward } = record(tape, rowMajorOf(tape, values), weights, length);
  tape.record(mean, [
    [
      values,
      (grad) => {
        const dValues = tape.tensor(`d ${values.name}`, values.shape);
        backward(rowMajorOf(tape, grad), dValues);
        return dValues;
      },
    ],
  ]);
  return mean;
}

/** A recorded mean, and what records its gradient into `dValues`. */
interface RecordedMean {
  readonly mean: Tensor;
  readonly backward: (dMean: Tensor, dValues: Tensor) => void;
}

function atOnce(tape: Tape, values: Tensor, weights: Tensor, length: number): RecordedMean {
  const mean = tape.tensor(`mean of ${values.name}`, [1]);
  tape.dispatch(weightedMeanKernel, { tensors: { values, weights, mean }, params: { length } });
  return {
    mean,
    backward: (dMean, dValues) =>
      tape.dispatch(weightedMeanBackwardKernel, { tensors: { weights, dMean, dValues }, params: { length } }),
  };
}

function inParts(tape: Tape, values: Tensor, weights: Tensor, length: number): RecordedMean {
  const sums = tape.tensor(`sums of ${values.name}`, [WEIGHTED_PARTS]);
  const totals = tape.tensor(`sums of ${weights.name}`, [WEIGHTED_PARTS]);
  const mean = tape.tensor(`mean of ${values.name}`, [1]);
  const total = tape.tensor(`sum of ${weights.name}`, [1]);
  tape.dispatch(weightedSumsPartialKernel, { tensors: { values, weights, sums, totals }, params: { length } });
  tape.dispatch(meanOfSumsKernel, { tensors: { sums, totals, mean, total }, params: { parts: WEIGHTED_PARTS } });
  return {
    mean,
    backward: (dMean, dValues) =>
      tape.dispatch(meanOfSumsBackwardKernel, { tensors: { weights, total, dMean, dValues }, params: { length } }),
  };
}
