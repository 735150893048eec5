import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import { ranksOf } from "../../linalg/ranks.ts";
import { Workspace } from "../../ops/memoryPlan.ts";
import { persistent, stacked, writeTensor } from "../../ops/tensor.ts";
import { alignment } from "./alignment.ts";
import { type HostMatrix, type Update, widthOf } from "./diagnostic.ts";
import { product, transposed } from "./hostMatrix.ts";
import { DiagnosticProbe, keepOf } from "./probe.ts";
import { spectrum } from "./spectrum.ts";

/*
 * Numbers of scipy in float64, CC0; a value passes where it is within its tolerance of the largest.
 */

interface Golden {
  readonly shape: readonly [number, number?];
  readonly data: readonly number[] | readonly (readonly number[])[];
}

interface Case {
  readonly id: string;
  readonly hyper: { readonly k?: number };
  readonly tensors: Readonly<Record<string, Golden>>;
  readonly expect: Readonly<Record<string, unknown>>;
}

const file = path.join(import.meta.dirname, "fixtures/diagnostics.json");
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };
const numbersOf = ({ data }: Golden) => data.flat() as number[];
const matrixOf = (golden: Golden): HostMatrix => ({
  rows: golden.shape[0],
  cols: golden.shape[1]!,
  values: numbersOf(golden),
});
const matrixIn = ({ tensors: { M, A, B } }: Case) => (M ? matrixOf(M) : product(matrixOf(B!), matrixOf(A!)));
const identity = (size: number): HostMatrix => ({
  ...{ rows: size, cols: size },
  values: Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0)),
});

const device = new CpuDevice(Float64Array);
const put = (name: string, { rows, cols, values }: HostMatrix) => {
  const tensor = persistent(device, name, [1, rows, cols], stacked([1, rows, cols]));
  writeTensor(device, tensor, values);
  return tensor;
};
/** A matrix as thin factors of as many columns as it has. */
const factors = (matrix: HostMatrix): Update => ({
  ...{ left: put("left", matrix), right: put("right", identity(matrix.cols)), scale: 1 },
});

test.each(cases.filter(({ id }) => id.startsWith("spectrum/")))("$id: singular values and ranks", async (own) => {
  const layers = [{ ids: ["0"], update: () => factors(matrixIn(own)) }];
  const options = { layers, order: ["0"], settings: {} };
  const probe = await DiagnosticProbe.compile(device, new Workspace(device), "spectrum", spectrum, options);
  const expected = numbersOf(own.expect.singular_values as Golden);
  expect(widthOf(probe.columns)).toBe(expected.length);
  const [read] = device.submit([probe.program], [probe.readback]);
  const values = await read!;
  expected.forEach((value, at) => {
    // The factorisation's first pass is shifted; what float64 leaves of it is below 1e-9 of the largest value.
    expect(Math.abs(values[at]! - value) / expected[0]!).toBeLessThan(1e-9);
  });
  const { effective, stable, numerical } = ranksOf(expected);
  expect(effective).toBeCloseTo(own.expect.effective_rank as number, 9);
  expect(stable).toBeCloseTo(own.expect.stable_rank as number, 9);
  expect(numerical).toBe((own.expect.numerical_rank as Record<string, number>)["0.01"]);
  probe.destroy();
});

test("subspace/top3: cosines of the principal angles, on both sides", async () => {
  const own = cases.find(({ id }) => id === "subspace/top3")!;
  const [update, firstGradient] = [matrixOf(own.tensors.M1!), matrixOf(own.tensors.M2!)];
  const expected = (["left", "right"] as const).flatMap((side) =>
    numbersOf((own.expect[side] as { cosines: Golden }).cosines),
  );
  const settings = { alignment: own.hyper.k! };
  const columns = alignment.columns([factors(update)], settings);
  [...Array.from(alignment.reference({ update, firstGradient }, columns))].forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at]!, 9);
  });
  const workspace = new Workspace(device);
  const layers = { ids: ["0"], update: () => factors(update) };
  const kept = await keepOf(device, workspace, alignment, put("gradient", transposed(firstGradient)), settings);
  const options = { layers: [layers], order: ["0"], settings, kept: new Map([[layers, kept]]) };
  const probe = await DiagnosticProbe.compile(device, workspace, "alignment", alignment, options);
  const [read] = device.submit([probe.program], [probe.readback]);
  [...(await read!)].forEach((value, at) => {
    // Subspace iteration, not a decomposition, finds the gradient's directions.
    expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5);
  });
  probe.destroy();
});
