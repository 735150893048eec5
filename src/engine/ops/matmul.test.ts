import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Selection } from "../kernels/kernel.ts";
import { matmulKernel } from "../kernels/matmul.ts";
import { testGpu, testGpuAsHardware, testGpuWithoutSubgroups } from "../testing/devices.ts";
import { relativeError } from "../trust/check.ts";
import { gradientCheckList } from "../trust/checks.ts";
import { evaluate, type OpCase } from "../trust/opCase.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { persistent, stacked } from "./tensor.ts";

/** The shader that a device with these traits runs for a product of this size. */
function shaderFor(selection: Selection, [rows, inner, cols]: readonly [number, number, number]): string {
  const params = { batch: 2, rows, inner, cols };
  return matmulKernel.variants.find(({ suits }) => suits?.(selection, params) ?? true)!.entry;
}

/** A product of two matrices each, and of their gradients, with every operand placed otherwise. */
const productOf = (rows: number, inner: number, cols: number): OpCase => ({
  inputs: { a: [2, rows, inner], b: [2, cols, inner], bias: [cols] },
  build: (tape, { a, b, bias }) => matmul(tape, a!, b!, { transposeB: true, scale: 0.5, add: bias! }),
});

describe("matmul", () => {
  test.each(gradientCheckList.filter(({ name }) => name === "matmul"))(
    "has the gradient of its definition: $shape",
    async ({ run }) => {
      // Central differences of a polynomial of degree ≤ 4 at step 1e-5 leave about 1e-10.
      expect(await run(new CpuDevice(Float64Array))).toBeLessThan(1e-8);
    },
  );

  test.each([
    ["matmul_tiled", 64, 70, 65],
    ["matmul_tiled", 130, 33, 96],
    ["matmul_tiled", 65, 64, 200],
    ["matmul_split", 33, 70, 5],
    ["matmul_split", 3, 300, 9],
    ["matmul_split", 40, 8, 17],
  ])("%s of real graphics cards agrees too: %d × %d × %d", async (shader, rows, inner, cols) => {
    const opCase = productOf(rows, inner, cols);
    const device = await testGpuAsHardware();
    const actual = await evaluate(device, opCase);
    const expected = await evaluate(new CpuDevice(Float64Array), opCase);
    // Float32 sums of up to 300 products.
    expect(relativeError(actual.out, expected.out)).toBeLessThan(5e-6);
    for (const input of Object.keys(opCase.inputs)) {
      expect(relativeError(actual.gradients[input]!, expected.gradients[input]!)).toBeLessThan(5e-6);
    }
    expect(
      shaderFor({ kind: "hardware", subgroups: true, shaderF16: false, invocations: 256 }, [rows, inner, cols]),
    ).toBe(shader);
  });

  test.each(["blocks", "tiled", "split", "quads", "plain"])("several tiles of the way %s agree", async (way) => {
    const opCase = productOf(141, 21, 133);
    const device = await testGpuAsHardware();
    device.kernelChoice = `wide=${way},narrow=${way},long=${way},small=${way}`;
    const actual = await evaluate(device, opCase);
    device.kernelChoice = undefined;
    const expected = await evaluate(new CpuDevice(Float64Array), opCase);
    expect(relativeError(actual.out, expected.out)).toBeLessThan(5e-6);
    for (const input of Object.keys(opCase.inputs)) {
      expect(relativeError(actual.gradients[input]!, expected.gradients[input]!)).toBeLessThan(5e-6);
    }
  });

  test("a chosen way is taken where the adapter can run it", () => {
    const wide = [64, 64, 64] as const;
    const card = { kind: "hardware", subgroups: true, shaderF16: false, invocations: 256 } as const;
    expect(shaderFor({ ...card, kernelChoice: "wide=quads,narrow=split,long=split,small=tiled" }, wide)).toBe(
      "matmul_quad",
    );
    expect(shaderFor({ ...card, kernelChoice: "wide=plain,narrow=split,long=split,small=tiled" }, wide)).toBe("matmul");
    expect(
      shaderFor({ ...card, subgroups: false, kernelChoice: "wide=quads,narrow=split,long=split,small=tiled" }, wide),
    ).toBe("matmul_tiled");
    expect(
      shaderFor(
        {
          kind: "software",
          subgroups: true,
          shaderF16: false,
          invocations: 256,
          kernelChoice: "wide=tiled,narrow=split,long=split,small=tiled",
        },
        wide,
      ),
    ).toBe("matmul_quad");
  });

  test.each([
    [33, 18, 70],
    [16, 4, 32],
    [17, 3, 33],
    [5, 64, 17],
    [31, 7, 16],
    [64, 9, 8],
    [1, 1, 1],
  ])("subgroups change no bit of a product: %d × %d × %d", async (rows, inner, cols) => {
    const opCase = productOf(rows, inner, cols);
    const [quads, plain] = [await testGpu(), await testGpuWithoutSubgroups()];
    expect(shaderFor(quads.description, [rows, inner, cols])).toMatch("matmul_quad");
    expect(shaderFor(plain.description, [rows, inner, cols])).toBe("matmul");
    // The same order of sums, and so on a software adapter, which contracts nothing, the same bits.
    expect(await evaluate(quads, opCase)).toEqual(await evaluate(plain, opCase));
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
