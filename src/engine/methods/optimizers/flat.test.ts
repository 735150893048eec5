import { expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { Tape } from "../../ops/tape.ts";
import { persistent, readTensor, type Tensor, writeTensor } from "../../ops/tensor.ts";
import { testGpu } from "../../testing/devices.ts";
import { testNumbers } from "../../testing/random.ts";
import { globalNormClip } from "../../train/globalNormClip.ts";
import { relativeError } from "../../trust/check.ts";
import { adamw } from "./adamw.ts";
import { sgd } from "./sgd.ts";

const LENGTH = 192;
const groups = [
  { rate: 1, decay: 0, epsilon: 1e-8 },
  { rate: 0.5, decay: 0.1, epsilon: 1e-6 },
];
const groupOf = (i: number) => groups[[0, 1, 0][Math.floor(i / 64)]!]!;
const betas = { beta1: 0.9, beta2: 0.999 };
const start = testNumbers(LENGTH, 1);
const gradient = (step: number) => testNumbers(LENGTH, 50 + step);

async function train(
  device: Device,
  optimizer: "adamw" | "sgd",
  steps: number,
  maxNorm: number,
  gradientAt = gradient,
) {
  const flat = (name: string, length = LENGTH): Tensor => persistent(device, name, [length]);
  const state = {
    values: flat("values"),
    gradients: flat("gradients"),
    firstMoment: flat("first"),
    secondMoment: flat("second"),
    groupOfBlock: flat("blocks", 3),
    groups: persistent(device, "groups", [2, 4]),
    clock: flat("clock", 64),
    clip: flat("clip", 1),
  };
  writeTensor(device, state.values, start);
  writeTensor(device, state.groupOfBlock, [0, 1, 0]);
  writeTensor(
    device,
    state.groups,
    groups.flatMap(({ rate, decay, epsilon }) => [rate, decay, epsilon, 0]),
  );
  const tape = new Tape(device);
  const kept = tape.keep(globalNormClip(tape, state, { maxNorm, loss: tape.one }));
  const { clock, clip, values, gradients, groupOfBlock, groups: table, ...moments } = state;
  const segment = { values, gradients, groupOfBlock, groups: table, parameters: [] };
  if (optimizer === "adamw") adamw.update(tape, { ...segment, state: moments }, { clock, clip }, { epsilon: 0 });
  else sgd.update(tape, { ...segment, state: {} }, { clock, clip }, { momentum: 0, nesterov: "off" });
  const program = await tape.compile(optimizer);
  for (let step = 0; step < steps; step++) {
    const corrections = [1 / (1 - betas.beta1 ** (step + 1)), 1 / (1 - betas.beta2 ** (step + 1))];
    writeTensor(device, state.clock, [step, 0.01, ...corrections, ...Array<number>(60).fill(0)]);
    writeTensor(device, state.gradients, gradientAt(step));
    device.submit([program]);
    await device.room();
  }
  return { values: await readTensor(device, state.values), norm: (await readTensor(device, kept))[0]! };
}

/** Both optimizers as PyTorch's documentation states them, element by element. */
function expectation(optimizer: "adamw" | "sgd", steps: number, maxNorm: number) {
  const values = Float64Array.from(start);
  const [m, v] = [new Float64Array(LENGTH), new Float64Array(LENGTH)];
  let norm = 0;
  for (let step = 0; step < steps; step++) {
    const gradients = gradient(step);
    norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
    const factor = maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    for (let i = 0; i < LENGTH; i++) {
      const { rate, decay, epsilon } = groupOf(i);
      const lr = 0.01 * rate;
      const g = gradients[i]! * factor;
      values[i]! *= 1 - lr * decay;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const mHat = m[i]! / (1 - 0.9 ** (step + 1));
      const vHat = v[i]! / (1 - 0.999 ** (step + 1));
      values[i]! -= optimizer === "adamw" ? (lr * mHat) / (Math.sqrt(vHat) + epsilon) : lr * g;
    }
  }
  return { values, norm };
}

test.each([
  ["adamw", 0],
  ["adamw", 2],
  ["sgd", 0],
  ["sgd", 2],
] as const)("%s with a largest norm of %d takes the steps of its definition", async (optimizer, maxNorm) => {
  const expected = expectation(optimizer, 50, maxNorm);
  const exact = await train(new CpuDevice(Float64Array), optimizer, 50, maxNorm);
  expect(relativeError(exact.values, expected.values)).toBeLessThan(1e-13);
  expect(relativeError([exact.norm], [expected.norm])).toBeLessThan(1e-13);
  const gpu = await train(await testGpu(), optimizer, 50, maxNorm);
  // 50 steps in float32, each rounded a few times, of values around 1.
  expect(relativeError(gpu.values, expected.values)).toBeLessThan(2e-6);
  expect(relativeError([gpu.norm], [expected.norm])).toBeLessThan(1e-6);
});

test("Adam's first step is the learning rate, whatever the gradient's size", async () => {
  const { values } = await train(new CpuDevice(Float64Array), "adamw", 1, 0);
  for (let i = 0; i < 64; i++) expect(Math.abs(values[i]! - start[i]!)).toBeCloseTo(0.01, 6);
});

test.each([
  ["adamw", Number.NaN],
  ["adamw", Number.POSITIVE_INFINITY],
  ["sgd", Number.NEGATIVE_INFINITY],
] as const)("from a gradient with %s %d on, nothing changes any more", async (optimizer, value) => {
  for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
    const before = await train(device, optimizer, 3, 0);
    const after = await train(device, optimizer, 6, 0, (step) => gradient(step).with(100, step === 3 ? value : 1));
    const same = await train(device, optimizer, 3, 0, (step) => gradient(step).with(100, 1));
    expect(after.values).toEqual(same.values);
    expect(before.values).not.toEqual(same.values);
  }
});
