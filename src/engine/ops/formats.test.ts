import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import type { ElementFormat } from "../kernels/formats.ts";
import { testGpu } from "../testing/devices.ts";
import { add } from "./add.ts";
import { gatherRows } from "./gatherRows.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { memoryOf, persistent, readTensor, rowMajor, type Tensor, writeTensor } from "./tensor.ts";

const formats = ["float16", "bfloat16"] as const;

/** Numbers that 8 bits of mantissa hold. */
const numbers = (length: number) => Array.from({ length }, (_, at) => ((at * 37) % 128) - 64);

function stored(device: Device, shape: readonly number[], format?: ElementFormat): Tensor {
  const tensor = persistent(device, `table of ${format}`, shape, rowMajor(shape), format);
  writeTensor(device, tensor, numbers(shape.reduce((a, b) => a * b)));
  return tensor;
}

test.each(formats)("values in %s come back, an odd number of them too", async (format) => {
  for (const device of [await testGpu(), new CpuDevice()]) {
    const tensor = stored(device, [7, 19], format);
    expect([...(await readTensor(device, tensor))]).toEqual(numbers(133));
    expect([...(await device.read(memoryOf(tensor), 3, 4))]).toEqual(numbers(133).slice(3, 7));
  }
});

test.each(formats)("a part of a table in %s is read wherever it starts", async (format) => {
  const device = await testGpu();
  const products = [];
  for (const each of [undefined, format]) {
    const tape = new Tape(device);
    const table = stored(device, [12, 19], each);
    // 95 elements in, between two places where 16 bits can be bound; 64 float32 are such a place of their own.
    const part = tape.view(table, { shape: [5, 19], offset: 95 });
    const out = tape.keep(matmul(tape, stored(device, [3, 19]), part, { transposeB: true }));
    void device.submit([await tape.compile("part of a table")]);
    products.push(await readTensor(device, out));
  }
  expect(products[1]).toEqual(products[0]);
});

test("what a kernel cannot read is refused where it is recorded", async () => {
  const device = new CpuDevice();
  const tape = new Tape(device);
  const halves = stored(device, [4, 19], "float16");
  expect(() => add(tape, halves, halves)).toThrow(
    "add reads a in float32 alone, and table of float16 is stored in float16",
  );
  const part = tape.view(halves, { shape: [2, 19], offset: 19 });
  expect(() => gatherRows(tape, part, stored(device, [2]))).toThrow("copy_strided reads input in float32 alone");
});
