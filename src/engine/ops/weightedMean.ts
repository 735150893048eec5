import { ShapeError } from "../errors.ts";
import { weightedMeanBackwardKernel, weightedMeanKernel } from "../kernels/weightedMean.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Σ values · weights / Σ weights, added up in order.
 *
 * @param values [n]. @param weights [n], not differentiated; all zero gives zero. @returns [1].
 * @throws ShapeError when the sizes differ.
 */
export function weightedMean(tape: Tape, values: Tensor, weights: Tensor): Tensor {
  const [length] = values.shape as [number];
  if (values.shape.length !== 1 || weights.shape.join() !== `${length}`) {
    throw new ShapeError(
      `weightedMean: ${values.name} [${values.shape}] and ${weights.name} [${weights.shape}] differ`,
    );
  }
  const mean = tape.tensor(`mean of ${values.name}`, [1]);
  tape.dispatch(weightedMeanKernel, {
    tensors: { values: rowMajorOf(tape, values), weights, mean },
    params: { length },
  });
  tape.record(mean, [
    [
      values,
      (grad) => {
        const dValues = tape.tensor(`d ${values.name}`, values.shape);
        const tensors = { weights, dMean: rowMajorOf(tape, grad), dValues };
        tape.dispatch(weightedMeanBackwardKernel, { tensors, params: { length } });
        return dValues;
      },
    ],
  ]);
  return mean;
}
