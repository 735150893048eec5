import { expect, test } from "vitest";
import { matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, writeTensor } from "../ops/tensor.ts";
import { openNodeGpu } from "../testing/devices.ts";

/** Large enough for a dozen products of this size to take SwiftShader a fifth of a second. */
const SIZE = 320;

test.each([
  ["is divided", "hardware", 2],
  ["stays whole", "software", 1],
] as const)("a submission known to be long %s on %s, and gives the same bits", async (_, kind, least) => {
  const device = await openNodeGpu({ kind });
  const w = persistent(device, "w", [SIZE, SIZE]);
  writeTensor(
    device,
    w,
    Float64Array.from({ length: SIZE * SIZE }, (_, at) => Math.sin(at) / 16),
  );
  const tape = new Tape(device);
  let power = w;
  for (let exponent = 0; exponent < 12; exponent++) power = matmul(tape, power, w);
  const kept = tape.keep(power);
  const program = await tape.compile("powers");

  const run = async () => {
    const before = device.ledger.submissions;
    void device.submit([program]);
    await device.idle();
    return device.ledger.submissions - before;
  };
  expect(await run()).toBe(1);
  const values = await readTensor(device, kept);
  expect(values.some((value) => value !== 0)).toBe(true);
  const count = await run();
  expect(count).toBeGreaterThanOrEqual(least);
  if (kind === "software") expect(count).toBe(1);
  expect(await readTensor(device, kept)).toEqual(values);
  device.destroy();
});
