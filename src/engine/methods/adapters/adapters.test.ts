import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Field } from "../../field.ts";
import { singularValues } from "../../linalg/hostSvd.ts";
import { RandomStream } from "../../random/stream.ts";
import { type LayerCase, runAdapted } from "../../testing/adaptedLayers.ts";
import { testNumbers } from "../../testing/random.ts";
import { relativeError } from "../../trust/check.ts";
import type { LayerShape } from "../layer.ts";
import { type Adapter, matrixOf, trainedIn } from "./adapter.ts";
import { adapters } from "./index.ts";
import { lora } from "./lora.ts";

const shapes = [
  { inFeatures: 12, outFeatures: 12 },
  { inFeatures: 6, outFeatures: 15 },
  { inFeatures: 15, outFeatures: 6 },
];
const LAYERS = 2;
const ROWS = 3;

describe.each(Object.entries<Adapter>(adapters))("%s", (_, adapter) => {
  describe.each(variantsOf(adapter))("with %j", (own) => {
    test.each(shapes)("keeps the adapter contract on $outFeatures × $inFeatures", async (shape) => {
      const chosen = { adapter, settings: own };
      const specs = Object.entries(adapter.parameters(shape, own));
      const sizes = specs.map(([, spec]) => (spec.shared ? 1 : LAYERS) * matrixOf(spec)[0] * matrixOf(spec)[1]);
      for (const storedInByOut of [false, true]) {
        const given = layersOf(shape, storedInByOut);

        // At the start ΔW is as small as promised; float64 leaves it an error of its own size at most.
        const start = await runAdapted(new CpuDevice(Float64Array), chosen, given);
        expect(Object.keys(start.parameters)).toEqual(specs.map(([name]) => name));
        expect(Object.values(start.parameters).map(({ length }) => length)).toEqual(sizes);
        const first = singularValues(rowsOf(difference(start.weights[0]!, given.layers[0]!.weight), shape.inFeatures));
        expect(Math.abs(first[0]! - adapter.initialNorm(own))).toBeLessThan(1e-12);

        // Elsewhere, constants apart, `apply` means the ΔW that the adapter states in plain loops, beside the weights and in their place.
        const noise = specs.map(([name, { rate }], at) => {
          const values = rate === "constant" ? start.parameters[name]! : testNumbers(sizes[at]!, at + 1);
          return [name, values] as const;
        });
        const noisy = await runAdapted(new CpuDevice(Float64Array), chosen, {
          ...given,
          values: Object.fromEntries(noise),
        });
        for (let layer = 0; layer < LAYERS; layer++) {
          const { weight, bias, x } = given.layers[layer]!;
          const of = ([name, values]: readonly [string, Float32Array | Float64Array], at: number) => {
            const size = specs[at]![1].shared ? 0 : values.length / LAYERS;
            return [name, values.slice(layer * size, layer * size + (size || values.length))] as const;
          };
          const stated = adapter.delta(Object.fromEntries(noise.map(of)), own, shape, weight);
          expect(relativeError(difference(noisy.weights[layer]!, weight), stated)).toBeLessThan(1e-12);
          const expected = outputOf(
            x,
            stated.map((delta, at) => delta + weight[at]!),
            bias,
            shape,
          );
          expect(relativeError(noisy.y[layer]!, expected)).toBeLessThan(1e-12);
        }
        // What may be merged and started again is a plain pair that is 0 at the start, elsewhere each time; schedules refuse constants.
        if (adapter.restarts && specs.every(([, { rate }]) => rate !== "constant")) {
          const draw = (restart: number) => {
            const stream = new RandomStream(1, 2, restart);
            const weight = () => Float64Array.from(given.layers[0]!.weight);
            return adapter.initial({ shape, stream, weight, shared: (__, own) => own(stream) }, own);
          };
          expect(adapter.initialNorm(own)).toBe(0);
          expect(specs.some(([, { shared }]) => shared)).toBe(false);
          expect(draw(1)).toEqual(draw(1));
          expect(draw(1)).not.toEqual(draw(2));
          expect(Math.max(...adapter.delta(draw(1), own, shape, given.layers[0]!.weight).map(Math.abs))).toBeLessThan(
            1e-15,
          );
        }
        const trained = specs.filter(([, { rate }]) => rate !== "constant" && rate > 0).map(([name]) => name);
        expect(Object.keys(noisy.gradients).sort()).toEqual(trained.sort());
        for (const [name, gradient] of Object.entries(noisy.gradients)) {
          expect(Math.max(...Array.from(gradient, Math.abs)), name).toBeGreaterThan(0);
        }
      }
    });
  });

  test("says where it comes from", () => {
    // Authors and year, and where it can be read.
    expect(adapter.source).toMatch(/^[A-Z].* \d{4}, (arXiv:\d{4}\.\d{5}|[A-Z]{4,})/);
  });
});

test("what layers of a shape share and train is one matrix, whose gradients add up", async () => {
  const own = { rank: 4, alpha: 8, scaling: "rank", loraPlus: 1, loraStart: "kaiming" };
  const shape = shapes[1]!;
  const apart: Adapter = lora;
  const tied: Adapter = {
    ...apart,
    parameters: (...given) => ({
      ...apart.parameters(...given),
      A: { shape: [4, shape.inFeatures], rate: 1, shared: true },
    }),
  };
  const [A, B] = [testNumbers(4 * shape.inFeatures, 1), testNumbers(LAYERS * 4 * shape.outFeatures, 2)];
  const run = (adapter: Adapter, A: readonly number[]) =>
    runAdapted(
      new CpuDevice(Float64Array),
      { adapter, settings: own },
      { ...layersOf(shape, false), values: { A, B } },
    );
  const [once, twice] = [await run(tied, [...A]), await run(apart, [...A, ...A])];
  expect(once.y).toEqual(twice.y);
  const sum = A.map((_, at) => twice.gradients.A![at]! + twice.gradients.A![A.length + at]!);
  expect(relativeError(once.gradients.A!, sum)).toBeLessThan(1e-14);
  expect(trainedIn({ adapter: tied, settings: own }, [shape, shape])).toBe(A.length + B.length);
});

/** Its settings as they usually are but for sizes that fit, and each of its choices and depths once. */
function variantsOf({ fields }: Adapter): Record<string, string | number>[] {
  const sizes: Record<string, number> = { rank: 4, initScale: 0.01, gamma: 0.5, alpha: 8 };
  const usual = Object.fromEntries(Object.entries(fields).map(([name, { initial }]) => [name, sizes[name] ?? initial]));
  const others = (field: Field) => (field.kind === "choice" ? Object.keys(field.options) : []);
  const variants = Object.entries(fields).flatMap(([name, field]) =>
    (name === "depth" ? [2, 4] : others(field))
      .filter((value) => value !== usual[name])
      .map((value) => ({ [name]: value })),
  );
  return [usual, ...variants.map((variant) => ({ ...usual, ...variant }))];
}

function layersOf(shape: LayerShape, storedInByOut: boolean): LayerCase {
  const { inFeatures, outFeatures } = shape;
  const numbers = (size: number, seed: number) => Float32Array.from(testNumbers(size, seed));
  const layers = Array.from({ length: LAYERS }, (_, layer) => ({
    weight: numbers(outFeatures * inFeatures, 50 + layer),
    bias: numbers(outFeatures, 60 + layer),
    x: numbers(ROWS * inFeatures, 70 + layer),
    dY: numbers(ROWS * outFeatures, 80 + layer),
  }));
  return { shape, storedInByOut, layers };
}

/** x Wᵀ + b in plain loops. */
function outputOf(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  { inFeatures, outFeatures }: LayerShape,
): Float64Array {
  return Float64Array.from({ length: (x.length / inFeatures) * outFeatures }, (_, at) => {
    const [row, out] = [Math.floor(at / outFeatures), at % outFeatures];
    let sum = bias[out]!;
    for (let col = 0; col < inFeatures; col++) sum += weight[out * inFeatures + col]! * x[row * inFeatures + col]!;
    return sum;
  });
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from(a, (value, at) => value - b[at]!);
}

function rowsOf(values: Float64Array, cols: number): number[][] {
  return Array.from({ length: values.length / cols }, (_, row) => [...values.subarray(row * cols, (row + 1) * cols)]);
}
