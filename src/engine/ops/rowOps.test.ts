import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { evaluate, numericalGradients, type OpCase, relativeError } from "../testing/parity.ts";
import { testNumbers } from "../testing/random.ts";
import { add } from "./add.ts";
import { attention } from "./attention.ts";
import { contiguous } from "./contiguous.ts";
import { crossEntropy } from "./crossEntropy.ts";
import { dropout } from "./dropout.ts";
import { firstToken } from "./firstToken.ts";
import { gatherRows } from "./gatherRows.ts";
import { gelu } from "./gelu.ts";
import { layerNorm } from "./layerNorm.ts";
import { meanPool } from "./meanPool.ts";
import { normalizeRows } from "./normalizeRows.ts";
import { pairFeatures } from "./pairFeatures.ts";
import { relu } from "./relu.ts";
import { rmsNorm } from "./rmsNorm.ts";
import { rope, rotaryTable } from "./rope.ts";
import { siluGate } from "./siluGate.ts";
import { squaredError } from "./squaredError.ts";
import { tanh } from "./tanh.ts";
import type { Tensor } from "./tensor.ts";
import { weightedMean } from "./weightedMean.ts";

const wide = (length: number, seed: number) => [...testNumbers(length, seed)].map((x) => 6 * x);
/** Three rows of five positions: full, padded, and nothing but padding. */
const mask = { shape: [3, 5], values: [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0] };
const attentionCase = (causal: boolean): OpCase => ({
  inputs: { qkv: [15, 18] },
  constants: { mask },
  build: (tape, { qkv, mask: seen }) => {
    // Query, key and value lie interleaved, as in GPT-2, and heads are views into them.
    const part = (index: number) =>
      tape.view(qkv!, { shape: [3, 2, 5, 3], strides: [90, 3, 18, 1], offset: 6 * index });
    return attention(tape, { query: part(0), key: part(1), value: part(2), mask: seen!, causal, scale: 0.6 });
  },
});
/** Six query heads on two keys and values; `ropes` also turns queries and keys, as Llama does. */
const groupedCase = (ropes: boolean): OpCase => ({
  inputs: { query: [15, 24], keyValue: [15, 16] },
  constants: { mask, table: { shape: [7, 4], values: [...rotaryTable(7, 4, 50)] } },
  build: (tape, { query, keyValue, mask: seen, table }) => {
    const turned = (x: Tensor) => (ropes ? rope(tape, x, table!) : x);
    const part = (index: number) =>
      tape.view(keyValue!, { shape: [3, 2, 5, 4], strides: [80, 4, 16, 1], offset: 8 * index });
    return attention(tape, {
      query: turned(tape.view(query!, { shape: [3, 6, 5, 4], strides: [120, 4, 24, 1] })),
      key: turned(part(1)),
      value: part(0),
      mask: seen!,
      causal: true,
      scale: 0.5,
    });
  },
});
const clock = { shape: [64], values: [3, 0, 0, 0, 12345, 678, ...Array<number>(58).fill(0)] };

const cases: Record<string, OpCase> = {
  "add of views": {
    inputs: { x: [3, 4], y: [4, 3] },
    build: (tape, { x, y }) => add(tape, x!, tape.view(y!, { shape: [3, 4], strides: [1, 3] })),
  },
  "add of a tensor to itself": { inputs: { x: [70] }, build: (tape, { x }) => add(tape, x!, x!) },
  "gelu, exact": {
    inputs: { x: [7, 13] },
    values: { x: wide(91, 1) },
    build: (tape, { x }) => gelu(tape, x!, { tanh: false }),
  },
  "gelu, tanh": {
    inputs: { x: [130] },
    values: { x: wide(130, 2) },
    build: (tape, { x }) => gelu(tape, x!, { tanh: true }),
  },
  relu: { inputs: { x: [3, 50] }, build: (tape, { x }) => relu(tape, x!) },
  tanh: { inputs: { x: [129] }, values: { x: wide(129, 3) }, build: (tape, { x }) => tanh(tape, x!) },
  "layer norm": {
    inputs: { x: [5, 19], scale: [19], bias: [19] },
    build: (tape, { x, scale, bias }) => layerNorm(tape, x!, scale!, bias!, 1e-5),
  },
  "layer norm far from zero": {
    inputs: { x: [2, 3, 8], scale: [8], bias: [8] },
    values: { x: [...testNumbers(48, 4)].map((x) => 30 + x) },
    build: (tape, { x, scale, bias }) => layerNorm(tape, x!, scale!, bias!, 1e-12),
  },
  "rms norm": {
    inputs: { x: [5, 19], scale: [19] },
    build: (tape, { x, scale }) => rmsNorm(tape, x!, scale!, 1e-5),
  },
  "rms norm of many rows, with an epsilon that matters": {
    inputs: { x: [2, 35, 3], scale: [3] },
    build: (tape, { x, scale }) => rmsNorm(tape, x!, scale!, 0.2),
  },
  "silu gate": {
    inputs: { gate: [5, 27], value: [5, 27] },
    values: { gate: wide(135, 7) },
    build: (tape, { gate, value }) => siluGate(tape, gate!, value!),
  },
  "attention, padded": attentionCase(false),
  "attention, causal and padded": attentionCase(true),
  "attention, grouped queries": groupedCase(false),
  "attention, grouped queries with rotary positions": groupedCase(true),
  rope: {
    inputs: { x: [2, 3, 5, 6] },
    constants: { table: { shape: [5, 6], values: [...rotaryTable(5, 6, 10_000)] } },
    build: (tape, { x, table }) => rope(tape, x!, table!),
  },
  "a contiguous copy of a transposed view": {
    inputs: { x: [7, 11] },
    build: (tape, { x }) => contiguous(tape, tape.view(x!, { shape: [11, 7], strides: [1, 11] })),
  },
  "gather with repeats": {
    inputs: { table: [9, 5] },
    constants: { ids: { shape: [2, 4], values: [3, 0, 3, 8, 8, 3, 1, 0] } },
    build: (tape, { table, ids }) => gatherRows(tape, table!, ids!),
  },
  "mean pool": {
    inputs: { x: [3, 5, 7] },
    constants: { mask },
    build: (tape, { x, mask: seen }) => meanPool(tape, x!, seen!),
  },
  "first token": {
    inputs: { x: [3, 4, 6] },
    build: (tape, { x }) => add(tape, firstToken(tape, x!), firstToken(tape, x!)),
  },
  "unit rows": { inputs: { x: [6, 11] }, build: (tape, { x }) => normalizeRows(tape, x!) },
  "pair features": { inputs: { x: [8, 9] }, build: (tape, { x }) => pairFeatures(tape, x!) },
  "cross-entropy": {
    inputs: { logits: [7, 11] },
    values: { logits: wide(77, 5) },
    constants: { labels: { shape: [7], values: [0, 10, 3, 3, 9, 1, 5] } },
    build: (tape, { logits, labels }) => crossEntropy(tape, logits!, labels!),
  },
  "squared error": {
    inputs: { scores: [9, 1] },
    constants: { targets: { shape: [9], values: [0, 1, 2, 3, 4, 5, 4, 3, 2] } },
    build: (tape, { scores, targets }) => squaredError(tape, scores!, targets!),
  },
  "weighted mean": {
    inputs: { values: [9] },
    constants: { weights: { shape: [9], values: [1, 1, 0, 1, 2, 0, 0, 1, 1] } },
    build: (tape, { values, weights }) => weightedMean(tape, values!, weights!),
  },
  dropout: {
    inputs: { x: [3, 23] },
    constants: { clock },
    build: (tape, { x, clock: now }) => dropout(tape, x!, now!, { probability: 0.3, stream: 9 }),
  },
};

describe.each(Object.entries(cases))("%s", (_, opCase) => {
  test("has the gradient that central differences give", async () => {
    const { gradients } = await evaluate(new CpuDevice(Float64Array), opCase);
    const numerical = await numericalGradients(opCase);
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(opCase.inputs).sort());
    // Differences of step 1e-5 leave about 1e-10 of truncation and 1e-11 of rounding, more where curvature is high.
    for (const [name, gradient] of Object.entries(gradients))
      expect(relativeError(gradient, numerical[name]!), name).toBeLessThan(2e-8);
  });

  test("is on the GPU what its reference is in float64", async () => {
    const exact = await evaluate(new CpuDevice(Float64Array), opCase);
    const gpu = await evaluate(await testGpu(), opCase);
    // Float32 with sums of a few dozen terms; a mean of 30 under layer norm costs another factor of 30.
    expect(relativeError(gpu.out, exact.out)).toBeLessThan(1e-5);
    for (const [name, gradient] of Object.entries(exact.gradients)) {
      expect(relativeError(gpu.gradients[name]!, gradient), name).toBeLessThan(2e-5);
    }
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

test("weights that are all zero give a mean of zero", async () => {
  const opCase: OpCase = {
    inputs: { values: [3] },
    constants: { weights: { shape: [3], values: [0, 0, 0] } },
    build: (tape, { values, weights }) => weightedMean(tape, values!, weights!),
  };
  const { out, gradients } = await evaluate(await testGpu(), opCase);
  expect([...out, ...gradients.values!]).toEqual([0, 0, 0, 0]);
});

test("rotary positions turn by position · θ^(−2i / width), keep lengths, and make scores depend on distance alone", async () => {
  const width = 8;
  const table = { shape: [9, width], values: [...rotaryTable(9, width, 100)] };
  const one = [...testNumbers(width, 8)];
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
