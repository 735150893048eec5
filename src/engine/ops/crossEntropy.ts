import { ShapeError } from "../errors.ts";
import { crossEntropyBackwardKernel, crossEntropyKernel } from "../kernels/crossEntropy.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Negative log-likelihood of each row's label under the softmax of its logits.
 *
 * @param logits [rows, classes]. @param labels [rows], whole numbers below `classes`. @returns [rows].
 * @throws ShapeError when the rows differ or the logits are not row-major.
 */
export function crossEntropy(tape: Tape, logits: Tensor, labels: Tensor): Tensor {
  const [rows, classes] = logits.shape as [number, number];
  if (logits.shape.length !== 2 || labels.shape.join() !== `${rows}`) {
    throw new ShapeError(
      `crossEntropy: ${labels.name} [${labels.shape}] does not label ${logits.name} [${logits.shape}]`,
    );
  }
  const input = rowMajorOf(tape, logits);
  const params = { rows, classes };
  const out = tape.tensor(`loss of ${logits.name}`, [rows]);
  tape.dispatch(crossEntropyKernel, { tensors: { logits: input, labels, loss: out }, params });
  tape.record(out, [
    [
      logits,
      (grad) => {
        const dLogits = tape.tensor(`d ${logits.name}`, logits.shape);
        const tensors = { logits: input, labels, dLoss: rowMajorOf(tape, grad), dLogits };
        tape.dispatch(crossEntropyBackwardKernel, { tensors, params });
        return dLogits;
      },
    ],
  ]);
  return out;
}
