import { singularValues } from "../../linalg/hostSvd.ts";
import { productSingularValues } from "../../linalg/productSingularValues.ts";
import { FRESH, topSingularValues } from "../../linalg/topSingularValues.ts";
import { measurement, type Update, widthOf } from "./diagnostic.ts";
import { rowsOf } from "./hostMatrix.ts";

/** Singular values that are followed where an update has more than an adapter's rank of them. */
const FOLLOWED = 12;

/** Power steps per measurement; the basis of the one before is the start, so few are needed. */
const POWER_STEPS = 2;

/** Singular values of every update: exact through thin factors, the largest few of a dense one. */
export const spectrum = measurement({
  label: "Singular values",
  source: "Yaras et al. 2024, arXiv:2406.04112, figure 2",
  equation: "σ₁ ≥ σ₂ ≥ … of ΔW",
  chart: "singular values",
  fields: {},
  columns: (updates) => [{ name: "sv", count: Math.min(...updates.map(valuesOf)) }],

  measure(tape, { update, room, width }) {
    if (!("dense" in update)) {
      const { left, core, right, scale } = update;
      const values = productSingularValues(tape, { left, right, ...(core && { core }) });
      return { values: cropped(values), scale };
    }
    const { dense, initial } = update;
    const shape = [dense.shape[0]!, dense.shape[2]!, valuesOf(update)];
    const normals = room.normals(shape.reduce((product, size) => product * size));
    const basis = {
      kept: room.place("spectrum basis", shape, normals),
      fresh: room.place(
        "fresh directions",
        shape,
        normals.map((x) => FRESH * x),
      ),
    };
    return {
      values: cropped(topSingularValues(tape, { current: dense, ...(initial && { initial }) }, basis, POWER_STEPS)),
    };

    function cropped(values: ReturnType<typeof productSingularValues>) {
      const shape = [values.shape[0]!, width];
      return values.shape[1] === width ? values : tape.view(values, { shape, strides: values.strides });
    }
  },

  reference: ({ update }, columns) => singularValues(rowsOf(update)).slice(0, widthOf(columns)),
});

function valuesOf(update: Update): number {
  return "dense" in update ? Math.min(FOLLOWED, ...update.dense.shape.slice(1)) : update.left.shape[2]!;
}
