import { choleskyKernel } from "../../kernels/cholesky.ts";
import { diagonal } from "../../linalg/diagonal.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import { stacked, type Tensor } from "../../ops/tensor.ts";
import { startSteps, topDirections } from "./directions.ts";
import { initialiser } from "./initialiser.ts";

/**
 * PiSSA: the factors take W's r largest singular values over, half of each (Meng et al., 2024, arXiv:2404.02948, §3), found by
 * subspace iteration as in its fast variant (§4, table 4). What is frozen is the rest of W.
 */
export const pissa = initialiser({
  kind: "directions",
  label: "PiSSA",
  source: "Meng et al. 2024, arXiv:2404.02948",
  equation: "A = √(S / s) Vᵀ, B = U √(S / s) of the top of W = U S Vᵀ",
  fields: { startSteps },
  of: "weights",
  count: (rank) => rank,

  find(tape, search, { startSteps: iterations }) {
    const { rank: count, scale } = search;
    const { left, right, values } = topDirections(tape, search, { count, iterations });
    const [layers] = values.shape as [number];
    const roots = squareRoots(tape, tape.view(values, { shape: [layers, count], strides: values.strides }));
    const share = (basis: Tensor) =>
      matmul(tape, basis, roots, { scale: scale ** -0.5, strides: stacked(basis.shape) });
    return { input: share(left), output: share(right) };
  },
});

/** Roots on the diagonal, as Cholesky factors of diagonal matrices. @param values [count, size]. */
function squareRoots(tape: Tape, values: Tensor): Tensor {
  const [count, size] = values.shape as [number, number];
  const gram = diagonal(tape, values);
  const factor = tape.tensor("roots", gram.shape, gram.strides);
  const inverse = tape.tensor("inverse roots", gram.shape, gram.strides);
  const params = { count, size, stride: gram.strides[0]!, shift: 0 };
  tape.dispatch(choleskyKernel, { tensors: { gram, factor, inverse }, params });
  return factor;
}
