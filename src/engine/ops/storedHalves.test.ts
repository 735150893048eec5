import { expect, test } from "vitest";
import { addKernel } from "../kernels/add.ts";
import { packHalvesKernel, unpackHalvesKernel } from "../kernels/halves.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { layerNormKernel } from "../kernels/layerNorm.ts";
import { reluKernel } from "../kernels/relu.ts";
import { type RecordedDispatch, standingFor } from "./recordedDispatch.ts";
import { storedHalves } from "./storedHalves.ts";
import { Storage, type Tensor } from "./tensor.ts";

function tensor(name: string, length = 100): Tensor {
  return { name, shape: [length], strides: [1], offset: 0, storage: new Storage(name, length) };
}

const halved = { halved: true } as const;

function call(kernel: Kernel, tensors: Record<string, Tensor>, mark = {}): RecordedDispatch {
  return { kernel, tensors, params: {}, flags: {}, ...mark };
}

/** Dispatches of other things, so that what is read after them is not read soon. */
const pause = Array.from({ length: 10 }, () => call(reluKernel, { input: tensor("x"), out: tensor("y") }));

const [input, scale, bias, out, statistics] = ["input", "scale", "bias", "out", "statistics"].map((name) =>
  tensor(name),
) as [Tensor, Tensor, Tensor, Tensor, Tensor];
const norm = call(layerNormKernel, { input, scale, bias, out, statistics }, halved);
const next = call(reluKernel, { input: out, out: tensor("after", 33) }, halved);
const later = call(addKernel, { a: out, b: statistics, out: tensor("sum") });

const namesOf = (recorded: readonly RecordedDispatch[]) => recorded.map(({ kernel }) => kernel.name);

test("what is read again is packed once it was last touched, and unpacked where it is read; statistics are not", () => {
  const stored = storedHalves([norm, next, ...pause, later]);
  const others = namesOf(pause);
  expect(namesOf(stored)).toEqual(["layer_norm", "relu", "pack_halves", ...others, "unpack_halves", "add"]);
  const [pack] = stored.filter(({ kernel }) => kernel === packHalvesKernel);
  const [unpack] = stored.filter(({ kernel }) => kernel === unpackHalvesKernel);
  expect(pack!.tensors.input!.storage).toBe(out.storage);
  expect(unpack!.tensors.input).toEqual(pack!.tensors.out);
  expect(pack!.tensors.out!.shape).toEqual([50]);
  expect(stored.at(-1)!.tensors.a!.storage).toBe(unpack!.tensors.out!.storage);
  expect(stored.at(-1)!.tensors.b!.storage).toBe(statistics.storage);
});

test("a dispatch that stands for several counts as them", () => {
  const few = pause.slice(0, 5);
  const packs = (recorded: readonly RecordedDispatch[]) => namesOf(storedHalves(recorded)).includes("pack_halves");
  expect(packs([norm, next, ...few, later])).toBe(false);
  expect(packs([norm, next, ...few.with(2, standingFor(few[2]!, 2)), later])).toBe(false);
  expect(packs([norm, next, ...few.with(2, standingFor(few[2]!, 3)), later])).toBe(true);
});

test("what is kept lies side by side, each part where it can be bound", () => {
  const second = call(reluKernel, { input: tensor("x"), out: tensor("other", 129) }, halved);
  const reader = call(reluKernel, { input: second.tensors.out!, out: tensor("z") });
  const packs = storedHalves([norm, second, ...pause, later, reader]).filter(
    ({ kernel }) => kernel === packHalvesKernel,
  );
  const places = packs.map(({ tensors }) => tensors.out!);
  expect(places.map(({ offset, shape }) => [offset, ...shape])).toEqual([
    [0, 50],
    [64, 65],
  ]);
  expect(places[1]!.storage).toBe(places[0]!.storage);
  expect(places[0]!.storage.length).toBe(64 + 128);
});

test.each<[string, RecordedDispatch[]]>([
  ["nothing is marked", [{ ...norm, halved: false as never }, ...pause, later]],
  ["it is read soon", [norm, later]],
  ["it is not read again", [norm, next, ...pause]],
  ["it is changed afterwards", [norm, ...pause, call(reluKernel, { input: tensor("x"), out })]],
])("nothing is packed where %s", (_, recorded) => expect(storedHalves(recorded)).toEqual(recorded));
