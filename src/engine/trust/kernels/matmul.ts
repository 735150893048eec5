import { matmulKernel } from "../../kernels/matmul.ts";
import { kernelChecks } from "../kernelCheck.ts";
import { summed } from "../tolerances.ts";

/** How the operands of a product lie. */
interface Layout {
  readonly about: string;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Whether one row is added to all, or nothing. */
  readonly bias?: boolean;
  /** Columns of u, rows of v; without it there is no second product. */
  readonly rank?: number;
}

/** Batch, rows, inner size, columns: of small matrices, of some that real graphics cards take in tiles, and a long sum. */
const sizes = [
  [1, 17, 19, 5],
  [6, 3, 7, 9],
  [2, 65, 33, 70],
  [1, 5, 600, 9],
] as const;

const layouts: readonly Layout[] = [
  { about: "a bias on every row", bias: true },
  { about: "a transposed", transposeA: true },
  { about: "b transposed, with a bias", transposeB: true, bias: true },
  { about: "both transposed", transposeA: true, transposeB: true },
  { about: "an update of rank 5, with a bias", rank: 5, bias: true },
];

/** The product of matrices, by every way that operands may lie. */
export const matmulKernelChecks = layouts.flatMap(
  ({ about, transposeA = false, transposeB = false, bias = false, rank = 0 }) =>
    kernelChecks(
      matmulKernel,
      summed,
      sizes,
      ([batch, rows, inner, cols], draw) => {
        const innerBatch = Math.min(batch, 3);
        const place = (name: string, height: number, width: number, transposed: boolean, offset = 0) => ({
          [`${name}Offset`]: offset,
          [`${name}Outer`]: innerBatch * height * width,
          [`${name}Inner`]: height * width,
          [`${name}Row`]: transposed ? 1 : width,
          [`${name}Col`]: transposed ? height : 1,
        });
        const params = {
          batch,
          innerBatch,
          rows,
          inner,
          cols,
          rank,
          ...place("a", rows, inner, transposeA, 3),
          ...place("b", inner, cols, transposeB),
          ...place("u", rows, rank, true, 2),
          ...place("v", rank, cols, false, 1),
          ...{ cOffset: 0, cOuter: 0, cInner: 0, cRow: 0, cCol: bias ? 1 : 0 },
          ...place("out", rows, cols, false, 1),
          scale: 0.5,
          updateScale: 1.5,
        };
        return {
          params,
          inputs: {
            a: draw(3 + batch * rows * inner),
            b: draw(batch * inner * cols),
            u: draw(2 + batch * rows * rank),
            v: draw(1 + batch * rank * cols),
            c: bias ? draw(cols) : new Float64Array(1),
          },
          outputs: { out: 1 + batch * rows * cols },
        };
      },
      about,
    ),
);
