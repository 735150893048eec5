import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { matmulKernel } from "../kernels/matmul.ts";
import { testGpuAsHardware } from "../testing/devices.ts";
import { relativeError } from "../trust/check.ts";
import { gradientCheckList } from "../trust/checks.ts";
import { evaluate, type OpCase } from "../trust/opCase.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { persistent, stacked } from "./tensor.ts";

const tiled = matmulKernel.variants.find(({ entry }) => entry === "matmul_tiled")!;

describe("matmul", () => {
  test.each(gradientCheckList.filter(({ name }) => name === "matmul"))(
    "has the gradient of its definition: $shape",
    async ({ run }) => {
      // Central differences of a polynomial of degree ≤ 4 at step 1e-5 leave about 1e-10.
      expect(await run(new CpuDevice(Float64Array))).toBeLessThan(1e-8);
    },
  );

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
