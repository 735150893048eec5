import { number, since } from "../../field.ts";
import { gradientSubspace } from "../../linalg/gradientSubspace.ts";
import { hostSvd } from "../../linalg/hostSvd.ts";
import { jacobi } from "../../linalg/jacobi.ts";
import { productSingularSubspaces } from "../../linalg/productSingularSubspaces.ts";
import { difference } from "../../ops/difference.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import { sizeOf, stacked, type Tensor } from "../../ops/tensor.ts";
import { type HostMatrix, measurement, type Room, type Update } from "./diagnostic.ts";
import { transposed } from "./hostMatrix.ts";

/** The most directions that are compared. */
const MOST = 16;

/** Power steps of the subspace iteration. */
const ITERATIONS = 4;

/** Columns of the subspace iteration beyond the directions that are wanted. */
const EXTRA = 8;

/**
 * Cosines of the principal angles between the leading singular subspaces of an update and of the first gradient, on the side of
 * the outputs and on that of the inputs: 1 where a direction of the update lies in those of the gradient.
 */
export const alignment = measurement({
  label: "Alignment with the first gradient",
  source: "Björck and Golub 1973, Math. Comp. 27 (principal angles)",
  equation: "cos θᵢ = σᵢ(U_kᵀ U_k′) and σᵢ(V_kᵀ V_k′) of ΔW and ∇W at the start",
  chart: "lines",
  fields: {
    alignment: since(
      5,
      number(
        "Alignment",
        0,
        { min: 0, max: MOST, whole: true },
        "Leading directions of each update that are compared with those of the first gradient; 0 compares none.",
      ),
    ),
  },

  isOn: (settings) => settings.alignment > 0,

  columns(updates, settings) {
    const count = Math.min(settings.alignment, ...updates.map(directionsOf));
    return [
      { name: "output", count },
      { name: "input", count },
    ];
  },

  keep(tape, gradient, room, settings) {
    const [, into, out] = gradient.shape as [number, number, number];
    const { left, right } = leading(tape, gradient, Math.min(settings.alignment, into, out), room);
    return { input: left, output: right };
  },

  measure(tape, { update, kept, room, width }) {
    const count = width / 2;
    const own = sides(tape, update, count, room);
    const [layers] = own.output.shape as [number];
    const values = tape.tensor("alignment", [layers, width]);
    for (const [at, side] of (["output", "input"] as const).entries()) {
      const first = columnsOf(tape, kept[side]!, count);
      const strides = stacked([layers, count, count]);
      const cosines = jacobi(tape, matmul(tape, first, own[side], { transposeA: true, strides })).values;
      tape.copy(cosines, tape.view(values, { shape: [layers, count], strides: [width, 1], offset: at * count }));
    }
    return { values };
  },

  reference({ update, firstGradient }, columns) {
    const count = columns[0]!.count!;
    const [own, first] = [hostSides(update, count), hostSides(firstGradient, count)];
    return (["output", "input"] as const).flatMap((side) => {
      const products = own[side].flatMap((x) => first[side].map((y) => x.reduce((sum, v, at) => sum + v * y[at]!, 0)));
      return [...hostSvd(products, count, count).values];
    });
  },
});

/** The most directions that an update has. */
function directionsOf(update: Update): number {
  return "dense" in update ? Math.min(...update.dense.shape.slice(1)) : update.left.shape[2]!;
}

/** Orthonormal bases [layers, …, count] of an update's leading directions. */
function sides(tape: Tape, update: Update, count: number, room: Room): { output: Tensor; input: Tensor } {
  const { left, right } = "dense" in update ? ofDense(update) : productSingularSubspaces(tape, update, count);
  return update.isTransposed ? { output: right, input: left } : { output: left, input: right };

  function ofDense({ dense, initial }: Extract<Update, { dense: Tensor }>) {
    return leading(tape, initial ? difference(tape, dense, initial) : dense, count, room);
  }
}

/** The leading singular subspaces of stacked matrices. */
function leading(tape: Tape, matrices: Tensor, count: number, room: Room): { left: Tensor; right: Tensor } {
  const [layers, rows, cols] = matrices.shape as [number, number, number];
  const shape = [layers, cols, Math.min(count + EXTRA, rows, cols)];
  const random = room.place("range finder", shape, room.normals(sizeOf(shape)));
  return gradientSubspace(tape, matrices, { count, random, iterations: ITERATIONS });
}

function columnsOf(tape: Tape, basis: Tensor, count: number): Tensor {
  const shape = [...basis.shape.slice(0, 2), count];
  return basis.shape[2] === count ? basis : tape.view(basis, { shape, strides: basis.strides });
}

/** The leading singular vectors of one matrix, in plain float64. */
function hostSides(matrix: HostMatrix, count: number): { output: number[][]; input: number[][] } {
  const isTall = matrix.rows >= matrix.cols;
  const { rows, cols, values } = isTall ? matrix : transposed(matrix);
  const { u, v } = hostSvd(values, rows, cols);
  const vectors = (all: Float64Array, length: number) =>
    Array.from({ length: count }, (_, col) => Array.from({ length }, (_, row) => all[row * cols + col]!));
  const [long, short] = [vectors(u, rows), vectors(v, cols)];
  return isTall ? { output: long, input: short } : { output: short, input: long };
}
