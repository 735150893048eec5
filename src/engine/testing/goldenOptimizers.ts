import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import inputs from "../methods/optimizers/goldens/inputs.json";
import { optimizersOf } from "../methods/optimizers/index.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { testGpu } from "./devices.ts";
import { OptimizerBench } from "./optimizers.ts";

/** The measure of the golden numbers: relative to the largest entry, absolute where all are small. */
export function difference(actual: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(actual[at]! - value))) / largest;
}

export function goldenBench(
  device: Device,
  optimizer: string,
  { inputs: which, hyper }: { readonly inputs: string; readonly hyper: Readonly<Record<string, unknown>> },
  settings: object,
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
  const config = { ...defaultConfig, ...settings, optimizer } as RunConfig;
  return {
    parameter,
    bench: new OptimizerBench(device, [parameter], optimizersOf(config), { learningRate: Number(hyper.lr) }),
  };
}

export const goldenDevices = [
  ["in float64", () => new CpuDevice(Float64Array), 1e-10],
  ["on WebGPU", testGpu, 1e-5],
] as const;

/** Names of state in the golden numbers. */
const kept: Readonly<Record<string, string>> = { m: "firstMoment", v: "secondMoment", buf: "momentum" };

interface GoldenCase {
  readonly id: string;
  readonly inputs: string;
  readonly hyper: Readonly<Record<string, unknown>>;
  /** By steps that are counted from 1. */
  readonly params: Readonly<Record<string, readonly number[]>>;
  readonly state: Readonly<Record<string, readonly number[]>>;
}

/** Declares tests of an optimizer against what outside programs came to. */
export function testGoldens(
  optimizer: string,
  cases: readonly object[],
  settings: (hyper: Readonly<Record<string, unknown>>) => object,
): void {
  const runs = (cases as readonly GoldenCase[]).flatMap((each) =>
    goldenDevices.map((device) => [each.id, ...device, each] as const),
  );
  describe("against an outside program", () => {
    test.each(runs)("%s %s", async (_, __, open, tolerance, each) => {
      const { bench, parameter } = goldenBench(await open(), optimizer, each, settings(each.hyper));
      for (let step = 1; step <= 6; step++) {
        await bench.take();
        const expected = each.params[step];
        if (expected)
          expect(difference(await bench.value(parameter.name), expected), `step ${step}`).toBeLessThan(tolerance);
      }
      const state = await bench.state(parameter.name);
      for (const [key, values] of Object.entries(each.state))
        expect(difference(state[kept[key]!]!, values), key).toBeLessThan(tolerance);
    });
  });
}
