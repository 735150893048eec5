import { ShapeError } from "../errors.ts";
import { scaledKernel } from "../kernels/scaled.ts";
import { matmul } from "./matmul.ts";
import type { Tape } from "./tape.ts";
import { bindable, type Tensor } from "./tensor.ts";

/**
 * x ⊙ by + add, element by element. What has size 1 along rows or columns repeats there, so that [layers, rows, 1]
 * scales rows and [cols] or [layers, 1, cols] columns; what has fewer axes repeats along those before its own.
 *
 * @param x [rows, cols] or [layers, rows, cols], any strides. @param add takes no gradient.
 * @returns the shape of `x`, row-major.
 * @throws ShapeError where `by` or `add` fits no way, or differs from layer to layer in size.
 */
export function scaled(tape: Tape, x: Tensor, by: Tensor, add?: Tensor): Tensor {
  const out = tape.tensor(`${by.name} ⊙ ${x.name}`, x.shape);
  const [input, scales] = [stackOf(x, x), stackOf(by, x)];
  const shifts = add ? stackOf(add, x) : { ...tape.zero, shape: input.shape, strides: [0, 0, 0] };
  const [layers, rows, cols] = input.shape as [number, number, number];
  const places = [operand("input", input), operand("scales", scales), operand("shifts", shifts)];
  tape.dispatch(scaledKernel, {
    tensors: { ...Object.fromEntries(places.map(({ name, tensor }) => [name, tensor])), out },
    params: Object.assign({ rows, cols, length: layers * rows * cols }, ...places.map(({ params }) => params)),
  });
  tape.record(out, [
    [x, (grad) => scaled(tape, grad, by)],
    [by, (grad) => summed(tape, grad, x, by)],
  ]);
  return out;
}

/** The gradient of `by`: grad ⊙ x, summed over where it repeats. */
function summed(tape: Tape, grad: Tensor, x: Tensor, by: Tensor): Tensor {
  const [dOut, input] = [stackOf(grad, grad), stackOf(x, x)];
  const [layers, rows, cols] = input.shape as [number, number, number];
  const repeats = stackOf(by, x).strides.map((stride, axis) => stride === 0 && input.shape[axis]! > 1);
  if (repeats[0]) throw new ShapeError(`scaled: ${by.name} [${by.shape}] repeats over layers, which takes no gradient`);
  if (!repeats[1] && !repeats[2]) return tape.reshape(scaled(tape, grad, x), by.shape);
  if (!repeats[1]) {
    const [a, b] = [dOut.strides, input.strides];
    const left = { ...dOut, shape: [layers, rows, 1, cols], strides: [a[0]!, a[1]!, 0, a[2]!] };
    const right = { ...input, shape: [layers, rows, cols, 1], strides: [b[0]!, b[1]!, b[2]!, 0] };
    return tape.reshape(matmul(tape, left, right), by.shape);
  }
  const products = scaled(tape, dOut, input);
  const ones = (shape: readonly number[]): Tensor => ({ ...tape.one, shape, strides: shape.map(() => 0) });
  const columns = matmul(tape, ones([layers, 1, rows]), products);
  return tape.reshape(repeats[2] ? matmul(tape, columns, ones([layers, cols, 1])) : columns, by.shape);
}

/** A tensor seen as the stack of matrices that `x` is; where it repeats it has stride 0. */
function stackOf(tensor: Tensor, x: Tensor): Tensor {
  const shape = [...Array<number>(3 - x.shape.length).fill(1), ...x.shape];
  const missing = 3 - tensor.shape.length;
  const own = [...Array<number>(missing).fill(1), ...tensor.shape];
  const strides = [...Array<number>(missing).fill(0), ...tensor.strides];
  if (shape.length !== 3 || own.length !== 3 || own.some((size, axis) => size !== 1 && size !== shape[axis])) {
    throw new ShapeError(`scaled: ${tensor.name} [${tensor.shape}] does not fit ${x.name} [${x.shape}]`);
  }
  return { ...tensor, shape, strides: strides.map((stride, axis) => (own[axis] === 1 ? 0 : stride)) };
}

function operand(name: string, tensor: Tensor) {
  const bound = bindable(tensor);
  const [outer, row, col] = tensor.strides as [number, number, number];
  return {
    name,
    tensor: bound.tensor,
    params: {
      [`${name}Offset`]: bound.offset,
      [`${name}Outer`]: outer,
      [`${name}Row`]: row,
      [`${name}Col`]: col,
    },
  };
}
