import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { defaultConfig } from "../../settings/config.ts";
import { type LayerCase, runAdapted } from "../../testing/adaptedLayers.ts";
import { testGpu } from "../../testing/devices.ts";
import { testNumbers } from "../../testing/random.ts";
import type { LayerShape } from "../layer.ts";
import { type Adapter, type ChosenAdapter, trainedIn } from "./adapter.ts";
import { scaleOf } from "./fields.ts";
import { adapters } from "./index.ts";
import { hasForm } from "./peftForm.ts";
import { matrix, product } from "./plain.ts";

/** What Hugging Face's PEFT makes of the same layer, in float64; all values row-major. */
interface Golden {
  readonly id: string;
  readonly inputs: string;
  readonly hyper: Readonly<Record<string, number | boolean>>;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly merged: readonly number[];
  readonly grads: Readonly<Record<string, readonly number[]>>;
  readonly params: number;
}

const fileOf = (name: string) => path.join(import.meta.dirname, "goldens", `${name}.json`);
const read = (name: string) => JSON.parse(readFileSync(fileOf(name), "utf8"));
const inputs: Readonly<Record<string, Readonly<Record<"W0" | "bias" | "x" | "dY", number[]>>>> = read("inputs");

const judged = Object.entries<Adapter>(adapters).filter(([name]) => existsSync(fileOf(name)));

test("some adapters have goldens", () => expect(judged.length).toBeGreaterThan(3));

describe.each(judged)("%s as PEFT has it", (name, adapter) => {
  describe.each<Golden>(read(name))("$id", (golden) => {
    const { r: rank, alpha = 1, rslora } = golden.hyper as Readonly<Record<string, number>>;
    const chosen = {
      adapter,
      settings: { rank: rank!, alpha, scaling: rslora ? "root" : "rank", loraPlus: 1, loraStart: "kaiming" },
    };
    const { W0, bias, x, dY } = inputs[golden.inputs]!;
    const shape = { outFeatures: bias.length, inFeatures: W0.length / bias.length };

    test.each([
      ["float64", false, 1e-10, async () => new CpuDevice(Float64Array)],
      ["float64, stored transposed", true, 1e-10, async () => new CpuDevice(Float64Array)],
      ["WebGPU", false, 1e-5, testGpu],
      ["WebGPU, stored transposed", true, 1e-5, testGpu],
    ] satisfies [string, boolean, number, () => Promise<Device>][])("in %s", async (_, storedInByOut, bound, open) => {
      const own = namesIn(golden, chosen, shape);
      const values = Object.fromEntries(Object.entries(own).map(([ours, theirs]) => [ours, golden.tensors[theirs]!]));
      const given: LayerCase = { shape, storedInByOut, layers: [{ weight: W0, bias, x, dY }], values };
      const found = await runAdapted(await open(), chosen, given);
      expect(errorOf(found.y[0]!, golden.y), "y").toBeLessThan(bound);
      expect(errorOf(found.dx[0]!, golden.dx), "dx").toBeLessThan(bound);
      expect(errorOf(found.weights[0]!, golden.merged), "W′").toBeLessThan(bound);
      const trained = Object.entries(own).filter(([, theirs]) => theirs in golden.grads);
      expect(Object.keys(found.gradients).sort()).toEqual(trained.map(([ours]) => ours).sort());
      for (const [ours, theirs] of trained)
        expect(errorOf(found.gradients[ours]!, golden.grads[theirs]!), theirs).toBeLessThan(bound);
      expect(trainedIn(chosen, [shape])).toBe(golden.params);
    });
  });
});

test.each<Golden>(read("lora"))("$id as PEFT has it, with a start that is taken off a larger base", async (golden) => {
  const { r: rank, alpha } = golden.hyper as Readonly<Record<"r" | "alpha", number>>;
  const scaling = golden.hyper.rslora ? "root" : "rank";
  const settings = { ...defaultConfig, rank, alpha, scaling, loraStart: "pissa" } as const;
  const { W0, bias, x, dY } = inputs[golden.inputs]!;
  const shape = { outFeatures: bias.length, inFeatures: W0.length / bias.length };
  const A0 = testNumbers(rank * shape.inFeatures, 1);
  const B0 = testNumbers(rank * shape.outFeatures, 2);
  const start = product(matrix(B0, shape.outFeatures, rank), matrix(A0, rank, shape.inFeatures)).values;
  const scale = scaleOf(settings);
  // Weights are given in float32, which leaves of the sum what they can hold.
  const weight = Float32Array.from(W0, (value, at) => value + scale * start[at]!);
  const values = { A: golden.tensors["lora_A.weight"]!, B: golden.tensors["lora_B.weight"]!, A0, B0 };
  const given: LayerCase = { shape, storedInByOut: false, layers: [{ weight, bias, x, dY }], values };
  const found = await runAdapted(new CpuDevice(Float64Array), { adapter: adapters.lora, settings }, given);
  expect(errorOf(found.y[0]!, golden.y), "y").toBeLessThan(1e-6);
  expect(errorOf(found.dx[0]!, golden.dx), "dx").toBeLessThan(1e-6);
  expect(errorOf(found.weights[0]!, golden.merged), "W′").toBeLessThan(1e-6);
  for (const name of ["A", "B"])
    expect(errorOf(found.gradients[name]!, golden.grads[`lora_${name}.weight`]!), name).toBeLessThan(1e-10);
  const delta = adapters.lora.delta(values, settings, shape, weight);
  expect(
    errorOf(
      delta,
      found.weights[0]!.map((value, at) => value - weight[at]!),
    ),
  ).toBeLessThan(1e-12);
});

/** What the golden calls each parameter: as PEFT's files do, or, of what those leave out, the type and its own name. */
function namesIn({ tensors }: Golden, { adapter, settings }: ChosenAdapter, shape: LayerShape): Record<string, string> {
  if (!hasForm(adapter.peft)) throw new Error("PEFT has no form of this adapter that a golden could be of");
  const { kind, tensors: kept } = adapter.peft;
  const named = Object.entries(adapter.parameters(shape, settings)).flatMap(([name, { rate }]) => {
    const start = kept[name] ?? `${kind.peft_type.toLowerCase()}_${name}`;
    const found = Object.keys(tensors).find((each) => each === start || each === `${start}.weight`);
    // What PEFT computes anew each time is in none of its files.
    if (!found && rate !== "constant") throw new Error(`the golden has no ${name}`);
    return found ? [[name, found]] : [];
  });
  return Object.fromEntries(named);
}

/** The largest difference, relative to the largest value where that is above 1. */
function errorOf(own: ArrayLike<number>, given: ArrayLike<number>): number {
  const expected = Array.from(given);
  expect(own.length).toBe(expected.length);
  const difference = Math.max(...expected.map((value, at) => Math.abs(own[at]! - value)));
  return difference / Math.max(1, ...expected.map(Math.abs));
}
