import { ShapeError } from "../errors.ts";
import { rmsNormBackwardKernel, rmsNormKernel, rmsNormScaleBackwardKernel } from "../kernels/rmsNorm.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Each row divided by its root mean square, then scaled by column (Zhang and Sennrich, 2019, arXiv:1910.07467).
 *
 * @param x [..., cols]. @param scale [cols]. @param epsilon added to the mean square.
 * @throws ShapeError when the scale does not have one value per column.
 */
export function rmsNorm(tape: Tape, x: Tensor, scale: Tensor, epsilon: number): Tensor {
  const cols = x.shape.at(-1)!;
  if (scale.shape.join() !== `${cols}`) {
    throw new ShapeError(`rmsNorm: ${scale.name} [${scale.shape}] does not fit ${x.name} [${x.shape}]`);
  }
  const rows = sizeOf(x.shape) / cols;
  const params = { rows, cols };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`norm(${x.name})`, x.shape);
  const inverse = tape.tensor(`1 / rms of ${x.name}`, [rows]);
  tape.dispatch(rmsNormKernel, { tensors: { input, scale, out, inverse }, params: { ...params, epsilon } });
  tape.record(out, [
    [
      x,
      (grad, before) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        const sum = before ? rowMajorOf(tape, before) : tape.zero;
        const tensors = { input, scale, inverse, dOut: rowMajorOf(tape, grad), sum, dInput };
        tape.dispatch(rmsNormBackwardKernel, { tensors, params: { ...params, sumStep: before ? 1 : 0 } });
        return dInput;
      },
      "accumulates",
    ],
    [
      scale,
      (grad) => {
        const dScale = tape.tensor(`d ${scale.name}`, scale.shape);
        const tensors = { input, inverse, dOut: rowMajorOf(tape, grad), dScale };
        tape.dispatch(rmsNormScaleBackwardKernel, { tensors, params });
        return dScale;
      },
    ],
  ]);
  return out;
}
