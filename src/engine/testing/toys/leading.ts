import { projector } from "../../methods/optimizers/projectors/projector.ts";
import { stacked } from "../../ops/tensor.ts";

/** The first rows or columns, whatever the gradient. */
export const leading = projector({
  label: "Toy of leading columns",
  source: "Golub and Van Loan 2013, Matrix Computations",
  equation: "P = the first r columns of I",
  fields: {},

  basis(tape, { gradient, side, rank }) {
    const [count, rows, cols] = gradient.shape as [number, number, number];
    const shape = [count, side === "right" ? cols : rows, rank];
    const basis = tape.tensor("leading columns", shape, stacked(shape));
    tape.copy({ ...tape.zero, shape, strides: [0, 0, 0] }, basis);
    const diagonal = [count, rank];
    tape.copy(
      { ...tape.one, shape: diagonal, strides: [0, 0] },
      tape.view(basis, { shape: diagonal, strides: [basis.strides[0]!, rank + 1] }),
    );
    return basis;
  },
});
