import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import { jacobi } from "./jacobi.ts";
import { orthonormalise } from "./orthonormalise.ts";

/**
 * Leading singular vectors of left · core · rightᵀ for thin factors, as `productSingularValues` finds the values.
 *
 * @param factors left [count, m, r], core [count, r, r] (the identity when absent), right [count, n, r], r at most 64.
 * @param directions at most r.
 * @returns left [count, m, directions] and right [count, n, directions], orthonormal.
 */
export function productSingularSubspaces(
  tape: Tape,
  { left, core, right }: { readonly left: Tensor; readonly core?: Tensor; readonly right: Tensor },
  directions: number,
): { left: Tensor; right: Tensor } {
  const { q, r } = orthonormalise(tape, left);
  const { q: p, r: s } = orthonormalise(tape, right);
  const strides = stacked(r.shape);
  const inner = core ? matmul(tape, r, core, { strides }) : r;
  const rotations = jacobi(tape, matmul(tape, inner, s, { transposeB: true, strides }));
  const top = (basis: Tensor, rotation: Tensor) => {
    const [count, rows, cols] = basis.shape as [number, number, number];
    const chosen = tape.view(rotation, { shape: [count, cols, directions], strides: rotation.strides });
    return matmul(tape, basis, chosen, { strides: stacked([count, rows, directions]) });
  };
  return { left: top(q, rotations.left), right: top(p, rotations.right) };
}
