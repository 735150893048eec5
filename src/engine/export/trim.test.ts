import { describe, expect, test } from "vitest";
import { hostSvd, orthonormalColumns, singularValues } from "../linalg/hostSvd.ts";
import { ranksOf } from "../linalg/ranks.ts";
import { testNumbers } from "../testing/random.ts";
import { updateOf } from "../testing/updates.ts";
import { relativeError } from "../trust/check.ts";
import { trimmed } from "./trim.ts";
import type { UpdatePair } from "./updates.ts";

function pairOf(outFeatures: number, inFeatures: number, rank: number, weights: readonly number[]): UpdatePair {
  const layer = { id: "0.up", weight: "w.weight", outFeatures, inFeatures, storedInByOut: false, kind: "up" } as const;
  const A = testNumbers(rank * inFeatures, 1);
  const B = testNumbers(outFeatures * rank, 2).map((value, at) => value * weights[at % rank]!);
  return { layer, rank, A, B };
}

const rowsOf = (values: Float64Array, cols: number) =>
  Array.from({ length: values.length / cols }, (_, row) => [...values.subarray(row * cols, (row + 1) * cols)]);

describe("decompositions on the host", () => {
  test.each([
    [7, 4],
    [5, 5],
    [40, 8],
  ])("of [%d, %d] give the matrix back", (rows, cols) => {
    const matrix = testNumbers(rows * cols, 3);
    const { values, u, v } = hostSvd(matrix, rows, cols);
    const { q, r } = orthonormalColumns(matrix, rows, cols);
    const back = (
      left: Float64Array,
      middle: (inner: number) => number,
      right: (inner: number, col: number) => number,
    ) =>
      Float64Array.from({ length: rows * cols }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < cols; k++) sum += left[Math.floor(at / cols) * cols + k]! * middle(k) * right(k, at % cols);
        return sum;
      });
    expect(
      relativeError(
        back(
          u,
          (k) => values[k]!,
          (k, col) => v[col * cols + k]!,
        ),
        matrix,
      ),
    ).toBeLessThan(1e-13);
    expect(
      relativeError(
        back(
          q,
          () => 1,
          (k, col) => r[k * cols + col]!,
        ),
        matrix,
      ),
    ).toBeLessThan(1e-13);
  });

  test("of columns that depend on each other leave the surplus zero", () => {
    const { q, r } = orthonormalColumns([1, 2, 2, 4, 3, 6], 3, 2);
    expect([q[1], q[3], q[5], r[3]]).toEqual([0, 0, 0, 0]);
  });
});

describe("trimming an update to its effective rank", () => {
  test.each([
    [12, 20, [1, 0.9, 1e-4, 1e-5]],
    [20, 12, [1, 1, 1, 1]],
    [9, 9, [1, 0, 0, 0]],
    [6, 6, [0, 0, 0, 0]],
  ])("[%d, %d] with columns of weight %j is the best of that rank", (rows, cols, weights) => {
    const whole = pairOf(rows, cols, 4, weights);
    const { pair, error } = trimmed(whole);
    const values = singularValues(rowsOf(updateOf(whole), cols));
    expect(pair.rank).toBe(Math.max(1, Math.ceil(ranksOf(values.slice(0, 4)).effective - 1e-9)));
    const difference = updateOf(whole).map((value, at) => value - updateOf(pair)[at]!);
    const norm = Math.hypot(...values);
    // Eckart and Young: nothing of this rank is nearer than the values that are left out.
    expect(Math.hypot(...difference)).toBeCloseTo(Math.hypot(...values.slice(pair.rank)), 10);
    expect(error).toBeCloseTo(norm > 0 ? Math.hypot(...difference) / norm : 0, 10);
  });
});
