import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { noise } from "../trust/check.ts";
import { gradientCheckList } from "../trust/checks.ts";
import { evaluate, type OpCase } from "../trust/opCase.ts";
import { argmaxRows } from "./argmaxRows.ts";
import { pairFeatures } from "./pairFeatures.ts";
import { rope, rotaryTable } from "./rope.ts";
import { siluGate } from "./siluGate.ts";
import { weightedMean } from "./weightedMean.ts";

const exactDevice = () => new CpuDevice(Float64Array);

describe.each(gradientCheckList.filter(({ name }) => name !== "matmul"))("$name, $shape", ({ run }) => {
  test("has the gradient that central differences give", async () => {
    // Differences of step 1e-5 leave about 1e-10 of truncation and 1e-11 of rounding, more where curvature is high.
    expect(await run(exactDevice())).toBeLessThan(2e-8);
  });
});

test("a pair with a vector of zeros has no cosine and no NaN", async () => {
  const opCase: OpCase = {
    inputs: { x: [2, 3] },
    values: { x: [0, 0, 0, 1, 2, 3] },
    build: (tape, { x }) => pairFeatures(tape, x!),
  };
  for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
    const { out, gradients } = await evaluate(device, opCase);
    expect([...out]).toEqual([0, 0, 0, 1, 2, 3, 0]);
    expect([...gradients.x!].every(Number.isFinite)).toBe(true);
  }
});

test("the largest value of a row is found, and the first of several", async () => {
  const opCase: OpCase = {
    inputs: { x: [4, 3] },
    values: { x: [1, 5, 2, 7, 7, 6, -3, -2, -1, 4, 4, 4] },
    build: (tape, { x }) => argmaxRows(tape, x!),
  };
  for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
    expect([...(await evaluate(device, opCase)).out]).toEqual([1, 0, 2, 0]);
  }
});

test.each([
  ["in one stage", 3],
  ["in two stages", 2],
])("weights that are all zero give a mean of zero, %s", async (_, limit) => {
  const opCase: OpCase = {
    inputs: { values: [3] },
    constants: { weights: { shape: [3], values: [0, 0, 0] } },
    build: (tape, { values, weights }) => weightedMean(tape, values!, weights!, { limit }),
  };
  const { out, gradients } = await evaluate(await testGpu(), opCase);
  expect([...out, ...gradients.values!]).toEqual([0, 0, 0, 0]);
});

test("the mean of a million values, and its gradient, are exact to float32 on the GPU", async () => {
  const length = 1_000_000;
  const [device, values] = [await testGpu(), noise(length, 5).map((x) => 1 + Math.fround(x))];
  const weights = Float64Array.from(values, (_, at) => at % 3);
  const opCase: OpCase = {
    inputs: { values: [length] },
    values: { values },
    constants: { weights: { shape: [length], values: [...weights] } },
    build: (tape, { values: own, weights: given }) => weightedMean(tape, own!, given!),
  };
  const { out, gradients } = await evaluate(device, opCase);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, at) => sum + value * weights[at]!, 0) / total;
  expect(Math.abs(out[0]! / mean - 1)).toBeLessThan(1e-6);
  expect([...gradients.values!.slice(0, 3)].map((x) => x / gradients.values![1]!)).toEqual([0, 1, 2]);
});

test("rotary positions turn by position · θ^(−2i / width), keep lengths, and make scores depend on distance alone", async () => {
  const width = 8;
  const table = { shape: [9, width], values: [...rotaryTable(9, width, 100)] };
  const one = [...noise(width, 8)];
  const opCase: OpCase = {
    inputs: { x: [1, 1, 9, width] },
    values: { x: Array.from({ length: 9 }, () => one).flat() },
    constants: { table },
    build: (tape, { x, table: turns }) => rope(tape, x!, turns!),
  };
  const { out } = await evaluate(new CpuDevice(Float64Array), opCase);
  const at = (position: number) => [...out.subarray(position * width, (position + 1) * width)];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  expect(at(0)).toEqual(one);
  // Features 1 and 5 are a pair, at rate θ^(−2 / width); the table is float32.
  const angle = 3 * 100 ** (-2 / width);
  expect(at(3)[1]).toBeCloseTo(one[1]! * Math.cos(angle) - one[5]! * Math.sin(angle), 6);
  expect(Math.hypot(...at(7))).toBeCloseTo(Math.hypot(...one), 6);
  expect(dot(at(8), at(5))).toBeCloseTo(dot(at(4), at(1)), 6);
});

test("a gate far from zero is open or shut, not NaN", async () => {
  const opCase: OpCase = {
    inputs: { gate: [4], value: [4] },
    values: { gate: [-1e4, -95, 95, 1e4], value: [2, 2, 2, 2] },
    build: (tape, { gate, value }) => siluGate(tape, gate!, value!),
  };
  for (const device of [new CpuDevice(Float32Array), await testGpu()]) {
    const { out, gradients } = await evaluate(device, opCase);
    expect([...out].map((x) => Math.round(x) + 0)).toEqual([0, 0, 190, 20000]);
    expect([...gradients.gate!, ...gradients.value!].every(Number.isFinite)).toBe(true);
  }
});
