import { expect, test } from "vitest";
import { OutOfMemoryError } from "../errors.ts";
import { fillKernel } from "../kernels/fill.ts";
import { CpuDevice } from "./cpu.ts";
import { newMemory, WasmStorage } from "./cpuStorage.ts";

test("memory starts as zeros, also where something else has been", async () => {
  const device = new CpuDevice();
  const first = device.allocate("first", 100);
  device.write(first, 0, new Float32Array(100).fill(7));
  first.destroy();
  const second = device.allocate("second", 5000);
  expect(new Set(await device.read(second, 0, 5000))).toEqual(new Set([0]));
});

test("a program that was compiled before the memory grew runs on the memory that there is then", async () => {
  const device = new CpuDevice();
  const out = device.allocate("out", 10);
  const tensors = { out: { memory: out, offset: 0, length: 10 } };
  const program = await device.compile("fill", [
    { kernel: fillKernel, tensors, params: { length: 3, value: 2.5 }, flags: {} },
  ]);
  void device.submit([program]);
  device.write(out, 0, [1]);
  device.allocate("large", 2 ** 20);
  expect([...(await device.read(out, 0, 4))]).toEqual([1, 2.5, 2.5, 0]);
  void device.submit([program]);
  expect([...(await device.read(out, 0, 4))]).toEqual([2.5, 2.5, 2.5, 0]);
  out.destroy();
  expect(() => device.submit([program])).toThrow("out was used after it was destroyed");
});

test("what there is no room for is refused with numbers and advice, and the rest stays as it is", () => {
  const storage = new WasmStorage(newMemory(4));
  const kept = storage.allocate("kept", 30_000);
  kept.values.fill(3);
  expect(() => storage.allocate("logits", 50_000)).toThrow(
    expect.objectContaining({
      name: new OutOfMemoryError("").name,
      message: "the processor's memory has no room for logits (0.2 MB on top of 0.1 MB)",
      hint: expect.stringContaining("a smaller batch"),
    }),
  );
  expect(storage.allocate("smaller", 30_000).values.every((value) => value === 0)).toBe(true);
  expect(kept.values.every((value) => value === 3)).toBe(true);
});

test("one tensor is no larger than a device of the kind says it may be", () => {
  const device = new CpuDevice();
  const { maxBufferSize } = device.description;
  expect(() => device.allocate("wide", maxBufferSize / 4 + 1)).toThrow(/^wide needs 2,147\.\d MB, one buffer/);
  expect(device.ledger.liveBytes).toBe(0);
});
