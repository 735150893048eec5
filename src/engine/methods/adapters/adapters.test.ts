import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import { singularValues } from "../../linalg/hostSvd.ts";
import { matmul } from "../../ops/matmul.ts";
import { Tape } from "../../ops/tape.ts";
import { persistent, readTensor, stacked, type Tensor, writeTensor } from "../../ops/tensor.ts";
import { RandomStream } from "../../random/stream.ts";
import { testNumbers } from "../../testing/random.ts";
import { relativeError } from "../../trust/check.ts";
import type { Adapter, ChosenAdapter } from "./adapter.ts";
import { adapters } from "./index.ts";

const settings: ChosenAdapter["settings"] = { rank: 4, depth: 3, initScale: 0.01, gamma: 0.5, alpha: 8 };
const shapes = [
  { inFeatures: 12, outFeatures: 12 },
  { inFeatures: 6, outFeatures: 15 },
  { inFeatures: 15, outFeatures: 6 },
];
const LAYERS = 2;

describe.each(Object.entries<Adapter>(adapters))("%s", (_, adapter) => {
  describe.each([2, 3, 4])("of depth %d", (depth) => {
    test.each(shapes)("keeps the adapter contract on $outFeatures × $inFeatures", async (shape) => {
      const own = { ...settings, depth };
      const specs = adapter.factors(shape, own);
      const start = adapter.initial(shape, own, new RandomStream(1, 2));
      expect(Object.keys(start).sort()).toEqual(Object.keys(specs).sort());
      for (const [name, { rows, cols }] of Object.entries(specs)) expect(start[name]!.length).toBe(rows * cols);

      // At the start ΔW is as small as promised; float64 leaves it an error of its own size at most.
      const initial = await update(adapter, own, shape, (name) => start[name]!);
      expect(Math.abs(singularValues(initial.folded[0]!)[0]! - adapter.initialNorm(own))).toBeLessThan(1e-12);

      // Anywhere else, all forms mean the same matrix: identical sums in another order.
      const names = Object.keys(specs);
      const valuesOf = (name: string, index: number) => testNumbers(specs[name]!.rows * specs[name]!.cols, index);
      const noisy = await update(adapter, own, shape, valuesOf);
      for (let layer = 0; layer < LAYERS; layer++) {
        const factors = names.map((name, at) => [name, valuesOf(name, 10 * layer + at + 1)] as const);
        const stated = adapter.delta(Object.fromEntries(factors), own, shape);
        expect(relativeError(noisy.folded[layer]!.flat(), stated)).toBeLessThan(1e-12);
        expect(
          relativeError(singularValues(noisy.spectral[layer]!), singularValues(noisy.folded[layer]!)),
        ).toBeLessThan(1e-12);
      }
      for (const [name, gradient] of Object.entries(noisy.gradients)) {
        expect(Math.max(...gradient.map(Math.abs)), `gradient of ${name}`).toBeGreaterThan(0);
      }
      expect(Object.keys(noisy.gradients).sort()).toEqual(Object.keys(specs).sort());
      expect(adapter.source).toMatch(/\d{4}, arXiv:\d{4}\.\d{5}/);
    });
  });
});

/** ΔW of every layer by both forms, as rows of numbers, and the gradient of its sum weighted unevenly. */
async function update(
  adapter: Adapter,
  own: ChosenAdapter["settings"],
  shape: { inFeatures: number; outFeatures: number },
  valuesOf: (name: string, index: number) => Float64Array,
) {
  const device = new CpuDevice(Float64Array);
  const { inFeatures, outFeatures } = shape;
  const tape = new Tape(device);
  const factors: Record<string, Tensor> = {};
  Object.entries(adapter.factors(shape, own)).forEach(([name, { rows, cols }], index) => {
    const stack = persistent(device, name, [LAYERS, rows, cols], stacked([LAYERS, rows, cols]));
    const values = Array.from({ length: LAYERS }, (_, layer) => [...valuesOf(name, 10 * layer + index + 1)]);
    writeTensor(device, stack, values.flat());
    tape.watch(stack);
    factors[name] = stack;
  });
  const { up, down, scale } = adapter.fold(tape, factors, own);
  const folded = matmul(tape, up, down, { transposeB: true, scale });
  const form = adapter.spectralForm(tape, factors, own);
  const spectral = "dense" in form ? form.dense : product(tape, form);
  const kept = [folded, spectral].map((tensor) => {
    const target = persistent(device, "kept", [LAYERS, outFeatures, inFeatures]);
    const sameWay = tensor.shape[1] === outFeatures;
    tape.copy(sameWay ? tensor : flipped(tensor), target);
    return target;
  });
  const seed = persistent(device, "seed", folded.shape);
  writeTensor(device, seed, testNumbers(LAYERS * outFeatures * inFeatures, 99));
  const gradients = tape.backward(new Map([[folded, seed]]));
  const reached = Object.keys(factors).filter((name) => gradients.has(factors[name]!));
  const delivered = reached.map((name) => [name, tape.keep(gradients.get(factors[name]!)!)] as const);
  device.submit([await tape.compile("adapter")]);
  const matrices = async (tensor: Tensor) => {
    const all = await readTensor(device, tensor);
    return Array.from({ length: LAYERS }, (_, layer) =>
      Array.from({ length: outFeatures }, (_, row) => {
        const from = (layer * outFeatures + row) * inFeatures;
        return [...all.subarray(from, from + inFeatures)];
      }),
    );
  };
  return {
    folded: await matrices(kept[0]!),
    spectral: await matrices(kept[1]!),
    gradients: Object.fromEntries(
      await Promise.all(delivered.map(async ([name, t]) => [name, [...(await readTensor(device, t))]] as const)),
    ),
  };
}

function product(tape: Tape, form: { left: Tensor; core?: Tensor; right: Tensor; scale: number }): Tensor {
  const left = form.core ? matmul(tape, form.left, form.core) : form.left;
  return matmul(tape, left, form.right, { transposeB: true, scale: form.scale });
}

/** A compressed update comes as [in, out]. */
function flipped(tensor: Tensor): Tensor {
  const [count, rows, cols] = tensor.shape as [number, number, number];
  const [outer, row, col] = tensor.strides as [number, number, number];
  return { ...tensor, shape: [count, cols, rows], strides: [outer, col, row] };
}
