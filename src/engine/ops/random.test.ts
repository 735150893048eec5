import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { testGpu } from "../testing/devices.ts";
import { relativeError } from "../trust/check.ts";
import { checks } from "../trust/checks.ts";
import { runChecks } from "../trust/runChecks.ts";
import { randomNormal, randomUniform } from "./random.ts";
import { Tape } from "./tape.ts";
import { persistent, readTensor, type Tensor, writeTensor } from "./tensor.ts";

test("Philox in WGSL gives Random123's known answers, and the host's words for other counters", async () => {
  const philox = checks.filter(({ name }) => /^philox/.test(name));
  expect(new Set(philox.map(({ kind }) => kind))).toEqual(new Set(["kernel", "known"]));
  for (const { passes, shape } of await runChecks(await testGpu(), { checks: philox }))
    expect(passes, shape).toBe(true);
});

async function draw(device: Device, record: (tape: Tape, stepScalars: Tensor) => Tensor, step = 5) {
  const stepScalars = persistent(device, "stepScalars", [64]);
  writeTensor(device, stepScalars, [step, 0, 0, 0, 0xbeef, 0xdead, ...Array<number>(58).fill(0)]);
  const tape = new Tape(device);
  const kept = tape.keep(record(tape, stepScalars));
  device.submit([await tape.compile("draw")]);
  return readTensor(device, kept);
}

test("uniform numbers are the same to the bit on every device, and change with step and stream", async () => {
  const record = (stream: number) => (tape: Tape, stepScalars: Tensor) =>
    randomUniform(tape, [7, 11], stepScalars, { stream });
  const gpu = await testGpu();
  const expected = [...(await draw(new CpuDevice(Float64Array), record(1)))];
  expect([...(await draw(gpu, record(1)))]).toEqual(expected);
  expect([...(await draw(gpu, record(2)))]).not.toEqual(expected);
  expect([...(await draw(gpu, record(1), 6))]).not.toEqual(expected);
  expect(Math.min(...expected)).toBeGreaterThan(0);
  expect(Math.max(...expected)).toBeLessThan(1);
});

test("normal numbers are the host's up to the GPU's logarithm and sine, and have unit variance", async () => {
  const record = (tape: Tape, stepScalars: Tensor) => randomNormal(tape, [4001], stepScalars, { stream: 3 });
  const exact = await draw(new CpuDevice(Float64Array), record);
  const gpu = await draw(await testGpu(), record);
  // WGSL allows sin and cos an absolute error of 2⁻¹¹ on [−π, π]; angles here go to 2π.
  expect(relativeError(gpu, exact)).toBeLessThan(2 ** -11);
  let squares = 0;
  for (const x of gpu) squares += x * x;
  expect(Math.abs(squares / gpu.length - 1)).toBeLessThan(5 * Math.sqrt(2 / gpu.length));
});
