import { aligned } from "../../device/device.ts";
import { choleskyKernel } from "../../kernels/cholesky.ts";
import { jacobiKernel, jacobiSweeps } from "../../kernels/jacobi.ts";
import { type Draw, kernelChecks } from "../kernelCheck.ts";
import { withSpectrum } from "../spectra.ts";
import { factorised } from "../tolerances.ts";

/** Matrices, and their size. */
const stacks = [
  [2, 5],
  [3, 11],
] as const;

/** XᵀX of noise X with three times as many rows as columns, `stride` apart. @param dead a column of zeros in X. */
function gramMatrices(draw: Draw, count: number, size: number, stride: number, dead: number | undefined): Float64Array {
  const grams = new Float64Array(count * stride);
  for (let matrix = 0; matrix < count; matrix++) {
    const x = draw(3 * size * size).map((value, at) => (at % size === dead ? 0 : value));
    for (let at = 0; at < size * size; at++) {
      let sum = 0;
      for (let row = 0; row < 3 * size; row++)
        sum += x[row * size + Math.floor(at / size)]! * x[row * size + (at % size)]!;
      grams[matrix * stride + at] = Math.fround(sum);
    }
  }
  return grams;
}

/** Kernels that factorise stacks of small matrices. */
export const factorisationChecks = [
  ...[
    { dead: undefined, shift: 1e-3, about: "shifted" },
    { dead: 2, shift: 0, about: "with a column of zeros" },
  ].flatMap(({ dead, shift, about }) =>
    kernelChecks(
      choleskyKernel,
      factorised,
      stacks,
      ([count, size], draw) => {
        const stride = aligned(size * size);
        return {
          params: { count, size, stride, shift },
          inputs: { gram: gramMatrices(draw, count, size, stride, dead) },
          outputs: { factor: count * stride, inverse: count * stride },
        };
      },
      about,
    ),
  ),
  ...kernelChecks(jacobiKernel, factorised, stacks, ([count, size]) => {
    const stride = aligned(size * size);
    const work = new Float64Array(count * stride);
    for (let matrix = 0; matrix < count; matrix++) {
      // Singular values well apart, so that every vector is decided.
      const values = Array.from({ length: size }, (_, k) => 0.7 ** k);
      work.set(withSpectrum(size, size, values, 2 * matrix).map(Math.fround), matrix * stride);
    }
    return {
      params: { count, size, stride, sweeps: jacobiSweeps(size) },
      inputs: { work },
      outputs: { values: count * size, left: count * stride, right: count * stride },
      scratch: ["work"],
    };
  }),
];
