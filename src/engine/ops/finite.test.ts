import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { testNumbers } from "../testing/random.ts";
import { FiniteSearch, finitenessInWords, notFiniteIn } from "./finite.ts";
import { Tape } from "./tape.ts";
import { memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "./tensor.ts";

const planted: readonly (readonly [value: number, indices: readonly number[], isInfinite: boolean])[] = [
  [Number.NaN, [0, 0], false],
  [Number.POSITIVE_INFINITY, [2, 34], true],
  [Number.NEGATIVE_INFINITY, [8, 0], true],
  [Number.NaN, [30, 36], false],
];
/** More elements than there are parts, and not a multiple of them. */
const shape = [31, 37];
const clean = testNumbers(sizeOf(shape), 1).with(5, -3.4e38).with(6, 1e-45);

test.each(planted)(
  "%d at [%s] is found, on the device as on the host, and the first of several",
  async (value, at, isInfinite) => {
    const place = at[0]! * 37 + at[1]!;
    const values = Float32Array.from(clean).fill(Number.NaN, place).with(place, value);
    const expected = { isInfinite, at };
    expect(notFiniteIn({ shape, values })).toEqual(expected);
    expect(notFiniteIn({ shape, values: Float32Array.from(clean) })).toBeUndefined();
    for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
      const tensors = [clean, values, values].map((content, index) => {
        // The second is seen through a window that can neither be bound nor read in order.
        const tensor: Tensor = persistent(device, `tensor ${index}`, index === 1 ? [37, 31] : shape);
        const transposed = Array.from(content, (_, i) => content[(i % 31) * 37 + Math.floor(i / 31)]!);
        writeTensor(device, tensor, index === 1 ? transposed : content);
        return index === 1 ? { ...tensor, shape, strides: [1, 31] } : tensor;
      });
      const liveBytes = () => device.ledger.liveBytes;
      const before = liveBytes();
      const search = new FiniteSearch<number>(new Tape(device));
      for (const [index, tensor] of tensors.entries()) search.look(index, tensor);
      expect(await search.run("search")).toEqual({ subject: 1, notFinite: expected });
      expect(liveBytes() - before, "what remains is the workspace").toBeLessThan(20_000);
      for (const tensor of tensors) memoryOf(tensor).destroy();
    }
  },
);

test("where all numbers are finite, nothing is found", async () => {
  for (const device of [new CpuDevice(Float32Array), await testGpu()]) {
    const tensor = persistent(device, "tensor", shape);
    writeTensor(device, tensor, clean);
    const search = new FiniteSearch<string>(new Tape(device));
    search.look("tensor", tensor);
    expect(await search.run("search")).toBeUndefined();
    memoryOf(tensor).destroy();
  }
});

test("what was found is said with its place, where it has one", () => {
  expect(finitenessInWords({ isInfinite: false, at: [3, 4] })).toBe("is not a number (first at [3, 4])");
  expect(finitenessInWords({ isInfinite: true, at: [] })).toBe("is infinite");
});
