import { ShapeError } from "../errors.ts";
import { squaredErrorBackwardKernel, squaredErrorKernel } from "../kernels/squaredError.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Squared difference of each prediction from its target.
 *
 * @param predictions [rows] or [rows, 1]. @param targets [rows]. @returns [rows].
 * @throws ShapeError when the sizes differ.
 */
export function squaredError(tape: Tape, predictions: Tensor, targets: Tensor): Tensor {
  const rows = sizeOf(predictions.shape);
  if (predictions.shape[0] !== rows || targets.shape.join() !== `${rows}`) {
    throw new ShapeError(
      `squaredError: ${predictions.name} [${predictions.shape}] and ${targets.name} [${targets.shape}] differ`,
    );
  }
  const input = rowMajorOf(tape, predictions);
  const out = tape.tensor(`loss of ${predictions.name}`, [rows]);
  tape.dispatch(squaredErrorKernel, { tensors: { predictions: input, targets, loss: out }, params: { rows } });
  tape.record(out, [
    [
      predictions,
      (grad) => {
        const dPredictions = tape.tensor(`d ${predictions.name}`, predictions.shape);
        const tensors = { predictions: input, targets, dLoss: rowMajorOf(tape, grad), dPredictions };
        tape.dispatch(squaredErrorBackwardKernel, { tensors, params: { rows } });
        return dPredictions;
      },
    ],
  ]);
  return out;
}
