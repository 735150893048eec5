import { hostSvd, orthonormalColumns } from "../linalg/hostSvd.ts";
import { ranksOf } from "../linalg/ranks.ts";
import type { UpdatePair } from "./updates.ts";

/** A pair of lower rank, and how far it is from the update that it stands for. */
export interface TrimmedPair {
  readonly pair: UpdatePair;
  /** ‖ΔW − ΔWₖ‖ / ‖ΔW‖, Frobenius; 0 for an update of zero. */
  readonly error: number;
}

/**
 * The best approximation of an update by one of its effective rank, rounded up, as a balanced pair B = U √Σ,
 * A = √Σ Vᵀ (Eckart and Young, 1936). Only matrices with as many rows or columns as the pair's rank are decomposed.
 */
export function trimmed({ layer, rank, A, B }: UpdatePair): TrimmedPair {
  const { inFeatures, outFeatures } = layer;
  // B = Q_B R_B and Aᵀ = Q_A R_A, so ΔW = Q_B (R_B R_Aᵀ) Q_Aᵀ has the singular values of the core in the middle.
  const left = orthonormalColumns(B, outFeatures, rank);
  const right = orthonormalColumns(transposed(A, rank, inFeatures), inFeatures, rank);
  const core = product(left.r, transposed(right.r, rank, rank), rank, rank, rank);
  const { values, u, v } = hostSvd(core, rank, rank);
  const kept = Math.min(rank, Math.max(1, Math.ceil(ranksOf(values).effective)));
  const roots = values.map(Math.sqrt);
  const up = product(left.q, scaledColumns(u, rank, kept, roots), outFeatures, rank, kept);
  const down = product(right.q, scaledColumns(v, rank, kept, roots), inFeatures, rank, kept);
  const norm = Math.hypot(...values);
  return {
    pair: { layer, rank: kept, A: transposed(down, inFeatures, kept), B: up },
    error: norm > 0 ? Math.hypot(...values.subarray(kept)) / norm : 0,
  };
}

/** How far trimmed updates are off at most, in words. @param error see `TrimmedPair`. */
export function trimErrorInWords(error: number): string {
  return `${Math.max(0.01, 100 * error).toPrecision(2)} %`;
}

/** The first `kept` columns of a square matrix, each times its factor. */
function scaledColumns(matrix: Float64Array, size: number, kept: number, factors: Float64Array): Float64Array {
  const out = new Float64Array(size * kept);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col < kept; col++) out[row * kept + col] = matrix[row * size + col]! * factors[col]!;
  }
  return out;
}

/** @param matrix [rows, cols], row-major. */
function transposed(matrix: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) out[col * rows + row] = matrix[row * cols + col]!;
  return out;
}

function product(a: Float64Array, b: Float64Array, rows: number, inner: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < inner; at++) {
      const factor = a[row * inner + at]!;
      for (let col = 0; col < cols; col++) out[row * cols + col]! += factor * b[at * cols + col]!;
    }
  }
  return out;
}
