import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { writeTensor } from "../../ops/tensor.ts";
import { testGpu } from "../../testing/devices.ts";
import { OptimizerBench } from "../../testing/optimizers.ts";
import { defaultConfig } from "../../train/config.ts";
import adamwCases from "./goldens/adamw.json";
import galoreCases from "./goldens/galore.json";
import inputs from "./goldens/inputs.json";
import muonCases from "./goldens/muon.json";
import sgdCases from "./goldens/sgd-momentum.json";
import { product } from "./hostProduct.ts";
import { type OptimizerName, optimizersOf } from "./index.ts";

type Case = (typeof adamwCases.cases | typeof sgdCases.cases | typeof muonCases.cases)[number];

/** The measure of the golden numbers: relative to the largest entry, absolute where all are small. */
function difference(actual: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(actual[at]! - value))) / largest;
}

function benchOf(
  device: Device,
  optimizer: OptimizerName,
  { inputs: which, hyper }: { readonly inputs: string; readonly hyper: Readonly<Record<string, unknown>> },
  settings: Partial<typeof defaultConfig>,
) {
  const { shape, P0, G } = inputs[which as "tall" | "wide" | "vector"];
  const values = (numbers: readonly number[]) => Float64Array.from(numbers, (x) => x / 4096);
  const parameter = {
    name: which,
    shape: shape.length === 2 ? [1, ...shape] : shape,
    start: values(P0),
    gradient: (step: number) => values(G.slice(step * P0.length, (step + 1) * P0.length)),
    group: { weightDecay: Number(hyper.wd ?? 0), epsilon: Number(hyper.eps ?? 0) },
  };
  const config = { ...defaultConfig, ...settings, optimizer };
  return {
    parameter,
    bench: new OptimizerBench(device, [parameter], optimizersOf(config), { learningRate: Number(hyper.lr) }),
  };
}

const devices = [
  ["in float64", () => new CpuDevice(Float64Array), 1e-10],
  ["on WebGPU", testGpu, 1e-5],
] as const;

const families: readonly [
  OptimizerName,
  readonly Case[],
  (hyper: Record<string, unknown>) => Partial<typeof defaultConfig>,
][] = [
  ["adamw", adamwCases.cases, () => ({})],
  ["sgd", sgdCases.cases, ({ mu }) => ({ momentum: Number(mu), nesterov: "off" })],
  [
    "muon",
    muonCases.cases,
    ({ beta, ns_steps }) => ({
      muonMomentum: Number(beta),
      newtonSchulzSteps: Number(ns_steps),
      nesterov: "on",
      muonScale: "spectral",
    }),
  ],
];

/** Names of state in the golden numbers. */
const kept: Readonly<Record<string, string>> = { m: "firstMoment", v: "secondMoment", buf: "momentum" };

describe.each(families)("%s against outside judges", (optimizer, cases, settings) => {
  test.each(devices.flatMap((device) => cases.map((each) => [each.id, ...device, each] as const)))(
    "%s %s",
    async (_, __, open, tolerance, each) => {
      const { bench, parameter } = benchOf(await open(), optimizer, each, settings(each.hyper));
      for (let step = 1; step <= 6; step++) {
        await bench.take();
        const expected = (each.params as Record<string, readonly number[]>)[step];
        if (expected)
          expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
      }
      const state = await bench.state(parameter.name);
      for (const [key, values] of Object.entries(each.state))
        expect(difference(state[kept[key]!]!, values), key).toBeLessThan(tolerance);
    },
  );
});

describe("galore against its authors' program", () => {
  const settingsOf = ({ r, scale, gap }: { r: number; scale: number; gap: number }) => ({
    ...{ projectionRank: r, projectionScale: scale, refreshEvery: gap },
    // The judge's basis is that of an SVD.
    powerIterations: 32,
  });

  const runs = devices.flatMap((device) => galoreCases.cases.map((each) => [each.id, ...device, each] as const));

  test.each(runs)("%s %s, with the judge's bases", async (_, __, open, tolerance, each) => {
    const device = await open();
    const { bench, parameter } = benchOf(device, "galore", each, settingsOf(each.hyper));
    const bases: Record<number, readonly number[]> = { 1: each.log.basis_1, 4: each.log.basis_4 };
    for (let step = 1; step <= 6; step++) {
      await bench.begin();
      const basis = bases[step];
      if (basis) writeTensor(device, bench.arena.get(parameter.name).state.basis!, basis);
      await bench.update();
      const expected = (each.params as Record<string, readonly number[]>)[step];
      if (expected)
        expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
    }
  });

  test.each(runs)("%s %s, with bases of its own up to the second refresh", async (_, __, open, tolerance, each) => {
    const { bench, parameter } = benchOf(await open(), "galore", each, settingsOf(each.hyper));
    const [, rows, cols] = parameter.shape as [number, number, number];
    for (let step = 1; step <= 6; step++) {
      await bench.begin();
      await bench.refresh();
      const { basis } = await bench.state(parameter.name);
      const rank = each.hyper.r;
      const gradient = parameter.gradient(step - 1);
      const isRight = rows >= cols;
      const size = Math.min(rows, cols);
      const projector = product(
        [size, rank, size],
        (i, k) => basis![i * rank + k]!,
        (k, j) => basis![j * rank + k]!,
      );
      const g = (i: number, j: number) => gradient[i * cols + j]!;
      const p = (i: number, j: number) => projector[i * size + j]!;
      const back = isRight ? product([rows, cols, cols], g, p) : product([rows, rows, cols], p, g);
      const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
      if (step === 1) expect(difference(back, each.log.project_back_1)).toBeLessThan(tolerance);
      expect(Math.abs(squares(back) / squares(gradient) - each.log.energy[step - 1]!), `energy ${step}`).toBeLessThan(
        tolerance,
      );
      await bench.update();
      const expected = (each.params as Record<string, readonly number[]>)[step];
      if (expected && step <= 3)
        expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
    }
  });
});
