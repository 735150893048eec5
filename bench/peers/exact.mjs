// Exact decompositions on the CPU, by ml-matrix: what one would do without a GPU. Everything in float64.
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { gradientOf, layerGradient } from "../../src/engine/bench/workload/gradients.ts";
import { centred } from "../../src/engine/bench/workload/numbers.ts";
import { knownValues, updateLayers, updateWidth } from "../../src/engine/bench/workload/updates.ts";

const matrixOf = (values, rows, cols) => Matrix.from1DArray(rows, cols, values);

window.bench = {
  async open() {
    return { backend: "CPU" };
  },

  /** All of a gradient's singular vectors. @returns milliseconds, and the energy in the top `counts` directions. */
  decompose(size, counts) {
    const gradient = matrixOf(gradientOf(layerGradient(size), size), size, size);
    const started = performance.now();
    const { diagonal } = new SingularValueDecomposition(gradient, { autoTranspose: true });
    const ms = performance.now() - started;
    const energy = (count) => diagonal.slice(0, count).reduce((sum, value) => sum + value * value, 0);
    return { ms, energies: counts.map(energy) };
  },

  /** Singular values of left · core · rightᵀ of all layers through the small core, as the engine has them. */
  spectra(rank) {
    const tall = (seed) => matrixOf(centred(seed, updateWidth * rank), updateWidth, rank);
    const updates = Array.from({ length: updateLayers }, (_, layer) => [tall(2 * layer), tall(2 * layer + 1)]);
    const core = Matrix.diag(knownValues(rank));
    const started = performance.now();
    for (const [left, right] of updates) {
      const r = new QrDecomposition(left).upperTriangularMatrix;
      const s = new QrDecomposition(right).upperTriangularMatrix;
      const small = r.mmul(core).mmul(s.transpose());
      void new SingularValueDecomposition(small, {
        computeLeftSingularVectors: false,
        computeRightSingularVectors: false,
      }).diagonal;
    }
    return performance.now() - started;
  },
};
