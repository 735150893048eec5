import { ShapeError } from "../errors.ts";
import { meanSquaredErrorKernel } from "../kernels/meanSquaredError.ts";
import { rowMajorOf } from "./layout.ts";
import { scaled } from "./scaled.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Squared differences of few predictions from their targets, and their mean by weights, with its gradient in the same dispatch.
 *
 * @param predictions [rows] or [rows, 1]. @param targets [rows]. @param weights [rows]; all zero give a mean of zero.
 * @returns `rowLoss` [rows], not differentiable, and `loss` [1], with respect to predictions.
 * @throws ShapeError when the sizes differ.
 */
export function meanSquaredError(
  tape: Tape,
  predictions: Tensor,
  targets: Tensor,
  weights: Tensor,
): { readonly rowLoss: Tensor; readonly loss: Tensor } {
  const rows = sizeOf(predictions.shape);
  if (predictions.shape[0] !== rows || [targets, weights].some(({ shape }) => shape.join() !== `${rows}`)) {
    const [p, t, w] = [predictions, targets, weights].map(({ name, shape }) => `${name} [${shape}]`);
    throw new ShapeError(`meanSquaredError: ${p}, ${t} and ${w} differ`);
  }
  const rowLoss = tape.tensor(`loss of ${predictions.name}`, [rows]);
  const loss = tape.tensor(`mean of ${rowLoss.name}`, [1]);
  const dPredictions = tape.tensor(`d ${predictions.name}`, predictions.shape);
  tape.dispatch(meanSquaredErrorKernel, {
    tensors: {
      predictions: rowMajorOf(tape, predictions),
      targets,
      weights,
      losses: rowLoss,
      mean: loss,
      dPredictions,
    },
    params: { rows },
  });
  // Differences, their mean, and the gradients of both.
  tape.standsForMore(3);
  tape.record(loss, [
    [
      predictions,
      (grad) => {
        if (grad === tape.one) return dPredictions;
        const column = tape.reshape(dPredictions, [rows, 1]);
        return tape.reshape(scaled(tape, column, grad), predictions.shape);
      },
    ],
  ]);
  return { rowLoss, loss };
}
