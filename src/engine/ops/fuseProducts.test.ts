import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { fillKernel } from "../kernels/fill.ts";
import { testGpu, testGpuAsHardware, testGpuWithoutSubgroups } from "../testing/devices.ts";
import { relativeError } from "../trust/check.ts";
import { evaluate, type OpCase } from "../trust/opCase.ts";
import { add } from "./add.ts";
import { gelu } from "./gelu.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "./tensor.ts";

/** A dense layer with an adapter of its own: x · weightᵀ + bias + ½ (x · down) · up. */
function layer(tape: Tape, x: Tensor, { weight, bias, down, up }: Readonly<Record<string, Tensor>>): Tensor {
  const plain = matmul(tape, x, weight!, { transposeB: true, add: bias! });
  return matmul(tape, matmul(tape, x, down!), up!, { scale: 0.5, add: plain });
}

const layerInputs = { weight: [40, 33], bias: [40], down: [33, 3], up: [3, 40] };

const one: OpCase = {
  inputs: { x: [20, 33], ...layerInputs },
  build: (tape, { x, ...parts }) => layer(tape, x!, parts),
};

/** x + back · gelu(layer(x))ᵀ, as a block of a transformer ends. */
const perceptron = (tanh: boolean): OpCase => ({
  inputs: { x: [20, 33], ...layerInputs, back: [33, 40] },
  build: (tape, { x, back, ...parts }) => {
    const inner = gelu(tape, layer(tape, x!, parts), { tanh });
    return add(tape, matmul(tape, inner, back!, { transposeB: true }), x!);
  },
});

/** Dispatches of a case, forward and backward to x, but for those that fill its inputs. */
async function dispatchesOf(device: Device, { inputs, build }: OpCase): Promise<number> {
  const tape = new Tape(device);
  const named = Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, tape.tensor(name, shape)]));
  for (const tensor of Object.values(named))
    tape.dispatch(fillKernel, { tensors: { out: tensor }, params: { length: sizeOf(tensor.shape), value: 0 } });
  tape.watch(named.x!);
  const out = build(tape, named);
  const gradient = tape.backward(new Map([[out, out]])).get(named.x!)!;
  tape.copy(gradient, persistent(device, "d x", gradient.shape));
  return (await tape.compile("fused")).dispatches - Object.keys(inputs).length - 1;
}

async function expectAgreement(opCase: OpCase, bound: number): Promise<void> {
  const expected = await evaluate(new CpuDevice(Float64Array), opCase);
  for (const device of [new CpuDevice(), await testGpu(), await testGpuWithoutSubgroups(), await testGpuAsHardware()]) {
    const actual = await evaluate(device, opCase);
    expect(relativeError(actual.out, expected.out)).toBeLessThan(bound);
    for (const input of Object.keys(opCase.inputs))
      expect(relativeError(actual.gradients[input]!, expected.gradients[input]!), input).toBeLessThan(bound);
  }
}

test("a layer and its adapter's update are one dispatch, and so is what they pass back", async () => {
  // x·down and the layer; of the update, and of the layer together with x·down.
  expect(await dispatchesOf(await testGpu(), one)).toBe(2 + 2);
  await expectAgreement(one, 5e-6);
});

test.each([true, false])("a residual ends its product, and on cards so does a GELU; by tanh: %s", async (tanh) => {
  const opCase = perceptron(tanh);
  // x·down, the layer, its GELU, the product with the residual; of that, of the GELU, of the update, and of the layer.
  const [apart, onCards] = [
    await dispatchesOf(await testGpu(), opCase),
    await dispatchesOf(await testGpuAsHardware(), opCase),
  ];
  expect(apart).toBe(4 + 4);
  expect(onCards).toBe(apart - 2);
  // WGSL grants tanh an absolute error of 1e-5, exp some last bits.
  await expectAgreement(opCase, 2e-5);
});

test("what is read twice is added and activated by itself", async () => {
  const device = await testGpuAsHardware();
  const twice: OpCase = {
    inputs: { x: [20, 33], w: [33, 33] },
    build: (tape, { x, w }) => {
      const product = matmul(tape, x!, w!);
      return add(tape, add(tape, product, x!), gelu(tape, product, { tanh: true }));
    },
  };
  await expectAgreement(twice, 2e-5);
  const tape = new Tape(device);
  const [x, w] = ["x", "w"].map((name) => persistent(device, name, [8, 8])) as [Tensor, Tensor];
  const product = matmul(tape, x, w);
  tape.keep(add(tape, add(tape, product, x), product));
  expect((await tape.compile("twice")).dispatches).toBe(3);
});

test("a sum that is read again, or that came before its inputs changed, is not joined", async () => {
  const device = new CpuDevice(Float64Array);
  const tape = new Tape(device);
  const matrix = (name: string) => persistent(device, name, [2, 2]);
  const [a, b, x] = [matrix("a"), matrix("b"), matrix("x")];
  for (const tensor of [a, b]) writeTensor(device, tensor, [1, 2, 3, 4]);
  const first = matmul(tape, a, b);
  const twice = matmul(tape, first, b, { add: first });
  const changed = matmul(tape, a, b);
  tape.copy(x, a);
  const later = tape.keep(matmul(tape, b, b, { add: changed }));
  const kept = tape.keep(twice);
  const program = await tape.compile("not joined");
  device.submit([program]);
  // [7 10; 15 22] is b²: once more by b and once by itself, and twice.
  expect([...(await readTensor(device, kept))]).toEqual([44, 64, 96, 140]);
  expect([...(await readTensor(device, later))]).toEqual([14, 20, 30, 44]);
  expect(program.dispatches).toBe(5);
});
