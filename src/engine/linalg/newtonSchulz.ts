import { normalizeStackKernel, STACK_PARTS, stackSquaresPartialKernel } from "../kernels/normalizeStack.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";

/** Jordan's quintic a·x + b·x³ + c·x⁵, which takes singular values near 1 fast rather than exactly. */
export const QUINTIC = [3.4445, -4.775, 2.0315] as const;
export const NORM_EPSILON = 1e-7;

/**
 * Polar factors U·Vᵀ of matrices X = U·Σ·Vᵀ, roughly, by Newton–Schulz iteration in products alone (Jordan et al., 2024):
 * three dispatches an iteration for a whole stack. Powers of the leading coefficient are left to the caller as a scale.
 *
 * @param x [count, rows, cols], stacked.
 * @returns factor [count, rows, cols], stacked, to be multiplied by `scale`.
 */
export function newtonSchulz(tape: Tape, x: Tensor, iterations: number): { factor: Tensor; scale: number } {
  const [count, rows, cols] = x.shape as [number, number, number];
  const stack = { count, size: rows * cols, stride: x.strides[0]! };
  const partialSums = tape.tensor("partial sums", [count, STACK_PARTS]);
  tape.dispatch(stackSquaresPartialKernel, { tensors: { input: x, partialSums }, params: stack });
  let factor = tape.tensor(`unit ${x.name}`, x.shape, x.strides);
  tape.dispatch(normalizeStackKernel, {
    tensors: { input: x, partialSums, out: factor },
    params: { ...stack, epsilon: NORM_EPSILON },
  });

  const [a, b, c] = QUINTIC;
  const isWide = rows <= cols;
  const size = Math.min(rows, cols);
  const strides = stacked([count, size, size]);
  let scale = 1;
  // With X = s·Y, a·X + (b·G + c·G²)·X = a·s·(Y + (g + (a·c / b²)·g²)·Y), where g = (b / a)·s²·Y·Yᵀ.
  for (let iteration = 0; iteration < iterations; iteration++) {
    const side = isWide ? { transposeB: true } : { transposeA: true };
    const gram = matmul(tape, factor, factor, { ...side, scale: (b / a) * scale ** 2, strides });
    const polynomial = matmul(tape, gram, gram, { scale: (a * c) / b ** 2, add: gram, strides });
    const onto = { add: factor, strides: stacked(x.shape) };
    factor = isWide ? matmul(tape, polynomial, factor, onto) : matmul(tape, factor, polynomial, onto);
    scale *= a;
  }
  return { factor, scale };
}
