import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { singularValues } from "../../linalg/hostSvd.ts";
import { testGpu } from "../../testing/devices.ts";
import { findIn } from "../../testing/initialisers.ts";
import { flipped, matrix, type PlainMatrix, product } from "../adapters/plain.ts";
import type { DirectionsInitialiser } from "./initialiser.ts";
import { loraGa } from "./loraGa.ts";
import { olora } from "./olora.ts";
import { orthogonalPair } from "./orthogonal.ts";
import { pissa } from "./pissa.ts";

/** What Hugging Face's PEFT makes of a layer, in float64 where it decomposes exactly; whatever the signs of singular vectors. */
interface Golden {
  readonly id: string;
  readonly inputs: string;
  readonly hyper: { readonly r: number; readonly s: number; readonly gamma?: number };
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly expect: Readonly<Record<string, readonly number[]>>;
}

const read = (file: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, file), "utf8"));
const cases = (name: string): readonly Golden[] => read(`goldens/${name}.json`);
const inputs: Readonly<Record<string, { W0: number[]; bias: number[] }>> = read("../adapters/goldens/inputs.json");

const devices = [
  ["float64", 1e-9, async () => new CpuDevice(Float64Array)],
  ["WebGPU", 1e-4, testGpu],
] satisfies [string, number, () => Promise<Device>][];

/** A [r, in] and B [out, r] that an initialiser finds in W, or in what has its shape. */
async function pairIn(entry: DirectionsInitialiser, golden: Golden, device: Device, own: Record<string, number> = {}) {
  const { W0, bias } = inputs[golden.inputs]!;
  const weights = matrix(golden.tensors.G ?? W0, bias.length, W0.length / bias.length);
  const { r: rank, s: scale } = golden.hyper;
  const settings = { startSteps: 64, ...own };
  const { input, output } = await findIn(device, entry, { layers: [flipped(weights)], rank, scale, settings });
  return { A: flipped(input[0]!), B: output[0]! };
}

const rowsOf = ({ rows, cols, values }: PlainMatrix) =>
  Array.from({ length: rows }, (_, row) => [...values.subarray(row * cols, (row + 1) * cols)]);

function compare(own: ArrayLike<number>, expected: readonly number[], tolerance: number, what: string): void {
  expect(own.length).toBe(expected.length);
  const error = Math.max(...expected.map((value, at) => Math.abs(own[at]! - value)));
  expect(error / Math.max(1, ...expected.map(Math.abs)), what).toBeLessThan(tolerance);
}

describe.each(devices)("as PEFT has it, in %s", (_, tolerance, open) => {
  test.each(cases("pissa"))("$id", async (golden) => {
    const { A, B } = await pairIn(pissa, golden, await open());
    compare(
      product(B, A).values.map((value) => golden.hyper.s * value),
      golden.expect.sBA!,
      tolerance,
      "s B A",
    );
    for (const factor of [A, B])
      compare(singularValues(rowsOf(factor)), golden.expect.singular_values_A!, tolerance, "singular values");
  });

  test.each(cases("olora"))("$id", async (golden) => {
    const { A, B } = await pairIn(olora, golden, await open());
    compare(
      product(B, A).values.map((value) => golden.hyper.s * value),
      golden.expect.sBA!,
      tolerance,
      "s B A",
    );
    const diagonal = golden.expect.abs_diag_R!.map((_, k) => Math.abs(A.values[k * A.cols + k]!));
    compare(diagonal, golden.expect.abs_diag_R!, tolerance, "diagonal of R");
  });

  test.each(cases("lora-ga"))("$id", async (golden) => {
    const { A, B } = await pairIn(loraGa, golden, await open(), { loraGaGamma: golden.hyper.gamma! });
    compare(product(flipped(A), A).values, golden.expect.gram_A!, tolerance, "Aᵀ A");
    compare(product(B, flipped(B)).values, golden.expect.gram_B!, tolerance, "B Bᵀ");
  });
});

test.each(cases("orthogonal"))("$id as PEFT has it", ({ tensors, expect: expected, inputs: name }) => {
  const { Q, G1, G2 } = tensors;
  const { W0, bias } = inputs[name]!;
  const shape = { outFeatures: bias.length, inFeatures: W0.length / bias.length };
  const { A, B } = orthogonalPair(shape, { rotation: Q!, input: G1!, output: G2! });
  compare(A, expected.A!, 1e-9, "A");
  compare(B, expected.B!, 1e-9, "B");
  const rank = Math.sqrt(Q!.length);
  const whole = product(matrix(B, shape.outFeatures, rank), matrix(A, rank, shape.inFeatures)).values;
  expect(Math.max(...whole.map(Math.abs))).toBeLessThan(1e-9);
});
