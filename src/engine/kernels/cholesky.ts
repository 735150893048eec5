import source from "../../../shaders/cholesky.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** A pivot below this share of its own diagonal is rounding and nothing else. */
const FLOOR = 1e-11;

/** Cholesky factor and its inverse, for a stack of Gram matrices that may be singular. */
export const choleskyKernel = defineKernel({
  name: "cholesky",
  reads: ["gram"],
  writes: ["factor", "inverse"],
  params: { count: "u32", size: "u32", stride: "u32", shift: "f32" },
  variants: [{ entry: "cholesky", source: source + flatIndex, invocations: ({ count }) => count }],
  simd: ({ count }) => [{ entry: "cholesky", units: count }],

  reference({ gram, factor, inverse }, { count, size, stride, shift }) {
    for (let matrix = 0; matrix < count; matrix++) {
      const at = (row: number, col: number) => matrix * stride + row * size + col;
      let trace = 0;
      for (let i = 0; i < size; i++) trace += gram[at(i, i)]!;
      for (let i = 0; i < size; i++) {
        const own = gram[at(i, i)]! + shift * trace;
        let pivot = own;
        for (let k = 0; k < i; k++) pivot -= factor[at(k, i)]! ** 2;
        const kept = pivot > FLOOR * own;
        const diagonal = kept ? Math.sqrt(pivot) : 0;
        for (let j = 0; j < size; j++) {
          let value = gram[at(i, j)]!;
          for (let k = 0; k < i; k++) value -= factor[at(k, i)]! * factor[at(k, j)]!;
          factor[at(i, j)] = j < i ? 0 : j === i ? diagonal : kept ? value / diagonal : 0;
        }
      }
      for (let j = 0; j < size; j++) {
        for (let i = size - 1; i >= 0; i--) {
          const diagonal = factor[at(i, i)]!;
          let value = i === j ? 1 : 0;
          for (let k = i + 1; k <= j; k++) value -= factor[at(i, k)]! * inverse[at(k, j)]!;
          inverse[at(i, j)] = i > j || diagonal === 0 ? 0 : value / diagonal;
        }
      }
    }
  },
});
