import { afterEach, expect, test, vi } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { newSharedMemory } from "../device/cpuStorage.ts";
import { OutOfMemoryError } from "../errors.ts";
import { type LargeSizes, largeBert, WIDTH } from "../testing/largeModels.ts";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import { estimateMemory } from "./estimate.ts";
import { TrainingSession } from "./session.ts";

afterEach(() => void vi.restoreAllMocks());

const config = { ...nanoConfig, model: "file:large~0000000000000000", method: "lora" } as const;
const sourcesOf = (sizes: LargeSizes) => ({ ...nanoSources, model: async () => largeBert(sizes) });

/** Rows of an embedding that takes so many GiB in float32. */
const rowsOf = (gibibytes: number) => Math.floor((gibibytes * 2 ** 30) / (4 * WIDTH));

/** Each fits into a buffer, all of them into no memory of WebAssembly. */
const wide = { vocab_size: rowsOf(1.7), max_position_embeddings: rowsOf(1.7), type_vocab_size: 2 };
/** One fits into no buffer. */
const long = { vocab_size: rowsOf(2.1), max_position_embeddings: 64, type_vocab_size: 2 };
const processor = { name: new OutOfMemoryError("").name, hint: expect.stringMatching(/smaller batch.*smaller model/) };

test("weights for which a processor has no addresses are refused before one of them is read", async () => {
  const device = new CpuDevice();
  const before = device.ledger.liveBytes;
  await expect(TrainingSession.prepare(device, config, sourcesOf(wide), () => {})).rejects.toMatchObject({
    ...processor,
    message: expect.stringMatching(
      /^the run needs at least 4,4\d\d(\.\d)? MB, and a processor's memory has addresses for 4,295 MB$/,
    ),
  });
  expect(device.ledger.liveBytes).toBe(before);
});

test("the estimate of a run refuses them too, with what the weights and everything else take", async () => {
  const { description } = new CpuDevice();
  await expect(estimateMemory(config, sourcesOf(wide), description)).rejects.toMatchObject({
    ...processor,
    message: expect.stringMatching(/^the run needs at least 4,\d{3}(\.\d)? MB, and a processor's memory has/),
  });
  // Weights alone would fit into so much.
  const limits = { ...description, maxMemory: 400_000 };
  await expect(estimateMemory(nanoConfig, nanoSources, limits)).rejects.toMatchObject({
    ...processor,
    message: expect.stringMatching(
      /^the run needs at least 0\.\d MB, and a processor's memory has addresses for 0\.4 MB$/,
    ),
  });
});

test("what a browser grants a processor is what runs are held against", async () => {
  const { Memory } = WebAssembly;
  class Granted extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if (descriptor.maximum! > 16_384) throw new RangeError("out of addresses");
      super(descriptor);
    }
  }
  vi.spyOn(WebAssembly, "Memory", "get").mockReturnValue(Granted);
  expect(newSharedMemory()?.mostBytes).toBe(2 ** 30);
  const device = new CpuDevice(Float32Array, { count: 2, start: () => () => {} });
  expect(device.description.maxMemory).toBe(2 ** 30);
  device.destroy();
});

test("a weight that is larger than one buffer is refused by its name, on every kind of device", async () => {
  const { description } = new CpuDevice();
  for (const limits of [description, { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 - 4 }]) {
    await expect(estimateMemory(config, sourcesOf(long), limits)).rejects.toMatchObject({
      name: processor.name,
      message: expect.stringMatching(
        /^embeddings\.word_embeddings\.weight needs 2,254\.\d MB, one buffer of this device holds 2,147\.5 MB$/,
      ),
      hint: expect.stringContaining("a smaller model"),
    });
  }
});
