import { orthonormalise } from "../../linalg/orthonormalise.ts";
import { matmul } from "../../ops/matmul.ts";
import { stacked } from "../../ops/tensor.ts";
import { initialiser } from "./initialiser.ts";

/**
 * OLoRA: the first r columns of Q and rows of R of W = Q R (Büyükakyüz, 2024, arXiv:2406.01775, §3), as PEFT has it. What is
 * frozen is the rest of W. Q's first columns need only those of W.
 */
export const olora = initialiser({
  kind: "directions",
  label: "OLoRA",
  source: "Büyükakyüz 2024, arXiv:2406.01775",
  equation: "W = Q R, A = R[:r, :], B = Q[:, :r]",
  fields: {},
  of: "weights",
  count: (rank) => rank,

  find(tape, { matrices, rank }) {
    const [layers, into, out] = matrices.shape as [number, number, number];
    const [stride, row, col] = matrices.strides as [number, number, number];
    const shape = [layers, out, rank];
    const first = tape.tensor("first columns", shape, stacked(shape));
    tape.copy({ ...matrices, shape, strides: [stride, col, row] }, first);
    const { q } = orthonormalise(tape, first);
    return { input: matmul(tape, matrices, q, { strides: stacked([layers, into, rank]) }), output: q };
  },
});
