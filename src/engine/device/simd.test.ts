import { expect, test } from "vitest";
import { KernelError, OutOfMemoryError } from "../errors.ts";
import { fillKernel } from "../kernels/fill.ts";
import { jacobiKernel } from "../kernels/jacobi.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { newMemory } from "./cpuStorage.ts";
import { SimdModule } from "./simd.ts";

const addresses = { work: 0, values: 256, left: 512, right: 768, out: 0 };

/** A decomposition of so many matrices: its working memory grows with them. */
const decomposition = (count: number) => ({
  kernel: jacobiKernel,
  tensors: {},
  params: { count, size: 8, stride: 64, sweeps: 8 },
  flags: {},
});

test("working memory is as long as the most that anybody wants, and outlives what there is no room for", () => {
  const module = new SimdModule(newMemory());
  const { storage } = module;
  const place = () => module.callsOf(decomposition(2), addresses)![0]!.args.at(-3)!;
  module.reserve([decomposition(2)]);
  const [small, before] = [place(), storage.version];
  module.reserve([decomposition(1), decomposition(2)]);
  expect(storage.version, "nothing has moved").toBe(before);
  expect(() => module.reserve([decomposition(4e6)])).toThrow(OutOfMemoryError);
  expect(place()).toBe(small);
  const [wanted] = jacobiKernel.simd!(decomposition(50).params, {})!;
  module.reserve([decomposition(50)]);
  expect(storage.version, "calls of before are made anew").toBeGreaterThan(before);
  const behind = storage.allocate("behind", 10).at;
  expect(behind < place() || behind >= place() + wanted!.scratch!).toBe(true);
});

test("a kernel and its function that do not agree are told apart before anything runs", () => {
  const module = new SimdModule(newMemory());
  const call = (change: Partial<Kernel>) =>
    module.callsOf(
      { kernel: { ...fillKernel, ...change }, tensors: {}, params: { length: 1, value: 2 }, flags: {} },
      addresses,
    );
  expect(call({})).toHaveLength(1);
  expect(() => call({ reads: ["work"] })).toThrow(
    new KernelError("fill of the assembly takes 5 arguments, fill gives it 6"),
  );
  expect(() => call({ simd: () => [{ entry: "fil", units: 1 }] })).toThrow("the assembly has no function fil");
});
