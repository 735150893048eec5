import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { matmulKernel } from "../kernels/matmul.ts";
import { testGpu, testGpuAsHardware } from "../testing/devices.ts";
import { evaluate, numericalGradients, type OpCase, relativeError } from "../testing/parity.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { persistent, stacked } from "./tensor.ts";

const tiled = matmulKernel.variants.find(({ entry }) => entry === "matmul_tiled")!;

const cases: Record<string, OpCase> = {
  "sizes that are no multiple of the tile": {
    inputs: { a: [17, 19], b: [19, 5] },
    build: (tape, { a, b }) => matmul(tape, a!, b!),
  },
  "both sides transposed": {
    inputs: { a: [7, 3], b: [4, 7] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeA: true, transposeB: true }),
  },
  "a transposed, scaled": {
    inputs: { a: [7, 3], b: [7, 4] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeA: true, scale: 0.5 }),
  },
  "a batch on both sides, b transposed": {
    inputs: { a: [3, 2, 6], b: [3, 4, 6] },
    build: (tape, { a, b }) => matmul(tape, a!, b!, { transposeB: true }),
  },
  "one tensor used twice": {
    inputs: { a: [6, 6] },
    build: (tape, { a }) => matmul(tape, a!, a!),
  },
  "a bias on every row": {
    inputs: { a: [5, 3], b: [3, 7], bias: [7] },
    build: (tape, { a, b, bias }) => matmul(tape, a!, b!, { add: bias! }),
  },
  "the same matrices added to every outer batch": {
    inputs: { a: [2, 3, 4, 5], b: [2, 3, 5, 6], c: [6, 3, 4] },
    build: (tape, { a, b, c }) =>
      matmul(tape, a!, b!, { add: tape.view(c!, { shape: [3, 4, 6], strides: [4, 1, 12] }) }),
  },
  "something of the result's shape added": {
    inputs: { a: [5, 3], b: [3, 7], c: [5, 7] },
    build: (tape, { a, b, c }) => matmul(tape, a!, b!, { add: c! }),
  },
  "two heads inside every row": {
    inputs: { q: [6, 8], k: [6, 8] },
    build: (tape, { q, k }) => {
      const heads = { shape: [2, 2, 3, 4], strides: [24, 4, 8, 1] };
      return matmul(tape, tape.view(q!, heads), tape.view(k!, heads), { transposeB: true });
    },
  },
  "a view that covers part of its base and does not start where it can be bound": {
    inputs: { x: [5, 9], w: [4, 3] },
    build: (tape, { x, w }) => matmul(tape, tape.view(x!, { shape: [5, 4], strides: [9, 1], offset: 3 }), w!),
  },
  "slices of a stack, through an inner product": {
    inputs: { stack: [2, 8, 8], x: [3, 8] },
    build: (tape, { stack, x }) => {
      const squared = matmul(tape, stack!, stack!);
      const once = matmul(tape, x!, tape.slice(squared, 0));
      return matmul(tape, once, tape.slice(squared, 1));
    },
  },
};

describe("matmul", () => {
  for (const [why, opCase] of Object.entries(cases)) {
    test(`gradients are those of the definition: ${why}`, async () => {
      const { gradients } = await evaluate(new CpuDevice(Float64Array), opCase);
      const expected = await numericalGradients(opCase);
      for (const input of Object.keys(opCase.inputs)) {
        // Central differences of a polynomial of degree ≤ 4 at step 1e-5 leave about 1e-10.
        expect(relativeError(gradients[input]!, expected[input]!)).toBeLessThan(1e-8);
      }
    });

    test(`the GPU agrees with the CPU: ${why}`, async () => {
      const actual = await evaluate(await testGpu(), opCase);
      const expected = await evaluate(new CpuDevice(Float64Array), opCase);
      // Float32 sums of at most 19 products: about 19 · 6e-8.
      expect(relativeError(actual.out, expected.out)).toBeLessThan(2e-6);
      for (const input of Object.keys(opCase.inputs)) {
        expect(relativeError(actual.gradients[input]!, expected.gradients[input]!)).toBeLessThan(2e-6);
      }
    });
  }

  test.each([
    [64, 70, 65],
    [130, 33, 96],
    [65, 64, 200],
  ])("the tiled kernel of real graphics cards agrees too: %d × %d × %d", async (rows, inner, cols) => {
    const opCase: OpCase = {
      inputs: { a: [2, rows, inner], b: [2, cols, inner], bias: [cols] },
      build: (tape, { a, b, bias }) => matmul(tape, a!, b!, { transposeB: true, scale: 0.5, add: bias! }),
    };
    const device = await testGpuAsHardware();
    const actual = await evaluate(device, opCase);
    const expected = await evaluate(new CpuDevice(Float64Array), opCase);
    // Float32 sums of up to 200 products.
    expect(relativeError(actual.out, expected.out)).toBeLessThan(5e-6);
    for (const input of Object.keys(opCase.inputs)) {
      expect(relativeError(actual.gradients[input]!, expected.gradients[input]!)).toBeLessThan(5e-6);
    }
    const params = { rows, cols, inner, batch: 2 } as unknown as Parameters<NonNullable<(typeof tiled)["suits"]>>[1];
    expect(tiled.suits!("hardware", params), "these sizes are the tiled kernel's").toBe(true);
  });

  test("gradients of slices are computed inside the gradient of the stack, without a copy", async () => {
    const device = new CpuDevice(Float64Array);
    const tape = new Tape(device);
    const stack = persistent(device, "stack", [2, 3, 3], stacked([2, 3, 3]));
    const x = persistent(device, "x", [4, 3]);
    tape.watch(stack);
    const out = matmul(tape, matmul(tape, x, tape.slice(stack, 0)), tape.slice(stack, 1));
    const gradient = tape.backward(new Map([[out, out]])).get(stack)!;
    tape.deliver(gradient, persistent(device, "d stack", [2, 3, 3], stacked([2, 3, 3])));
    // Two products forward; backward one for x·W0, one for W1, one for W0: nothing is moved afterwards.
    expect((await tape.compile("slices")).dispatches).toBe(5);
  });

  test("a frozen weight gets no gradient", () => {
    const tape = new Tape(new CpuDevice());
    const frozen = tape.tensor("w", [3, 5]);
    const out = matmul(tape, tape.tensor("x", [4, 3]), frozen);
    expect(tape.backward(new Map([[out, out]])).has(frozen)).toBe(false);
  });

  test("names both tensors when the inner sizes differ", () => {
    const tape = new Tape(new CpuDevice());
    expect(() => matmul(tape, tape.tensor("x", [4, 3]), tape.tensor("w", [2, 5]))).toThrow(
      "matmul: inner sizes differ, 3 in x [4,3] and 2 in w [2,5]",
    );
  });
});
