import { ShapeError } from "../errors.ts";
import { layerNormBackwardKernel, layerNormKernel, layerNormScaleBackwardKernel } from "../kernels/layerNorm.ts";
import { rowMajorOf } from "./layout.ts";
import { sumRows } from "./sumRows.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Each row to mean 0 and variance 1, then scaled and shifted by column (Ba et al., 2016, arXiv:1607.06450).
 *
 * @param x [..., cols]. @param scale and @param bias are [cols]. @param epsilon added to the variance.
 * @throws ShapeError when scale or bias do not have one value per column.
 */
export function layerNorm(tape: Tape, x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const cols = x.shape.at(-1)!;
  if (scale.shape.join() !== `${cols}` || bias.shape.join() !== `${cols}`) {
    throw new ShapeError(
      `layerNorm: ${scale.name} [${scale.shape}] and ${bias.name} [${bias.shape}] do not fit ${x.name} [${x.shape}]`,
    );
  }
  const rows = sizeOf(x.shape) / cols;
  const params = { rows, cols };
  const input = rowMajorOf(tape, x);
  const out = tape.tensor(`norm(${x.name})`, x.shape);
  const statistics = tape.tensor(`statistics of ${x.name}`, [rows, 2]);
  tape.dispatch(layerNormKernel, { tensors: { input, scale, bias, out, statistics }, params: { ...params, epsilon } });
  tape.record(out, [
    [
      x,
      (grad, before) => {
        const dInput = tape.tensor(`d ${x.name}`, x.shape);
        const sum = before ? rowMajorOf(tape, before) : tape.zero;
        const tensors = { input, scale, statistics, dOut: rowMajorOf(tape, grad), sum, dInput };
        tape.dispatch(layerNormBackwardKernel, { tensors, params: { ...params, sumStep: before ? 1 : 0 } });
        return dInput;
      },
      "accumulates",
    ],
    [
      scale,
      (grad) => {
        const dScale = tape.tensor(`d ${scale.name}`, scale.shape);
        tape.dispatch(layerNormScaleBackwardKernel, {
          tensors: { input, statistics, dOut: rowMajorOf(tape, grad), dScale },
          params,
        });
        return dScale;
      },
    ],
    [bias, (grad) => sumRows(tape, rowMajorOf(tape, grad))],
  ]);
  return out;
}
