import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesIn } from "../../../tools/disk.ts";
import { writeRandomBert } from "../../../tools/memory/writeRandomBert.ts";
import { STRETCH_BYTES } from "../checkpoint/files.ts";
import { fingerprintOf } from "../checkpoint/fingerprint.ts";
import { CpuDevice } from "../device/cpu.ts";
import { inspectModel } from "../model/loadModel.ts";
import { folderModel } from "../onnx/modelFolder.ts";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import { bytesHeld, watched } from "../testing/watchedFiles.ts";
import { estimateMemory } from "./estimate.ts";
import { TrainingSession } from "./session.ts";

// A model whose weights are several times what may be held of them at once.
const folder = mkdtempSync(path.join(tmpdir(), "rankscope-"));
const size = {
  ...{ hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 128 },
  ...{ vocab_size: 80_000, max_position_embeddings: 16 },
};
const config = { ...nanoConfig, model: "file:large~0000000000000000", method: "lora" } as const;
let fileBytes = 0;

beforeAll(() => {
  writeRandomBert(folder, { size, dtype: "F32", seed: 1 });
  fileBytes = statSync(path.join(folder, "model.safetensors")).size;
  expect(fileBytes).toBeGreaterThan(4.5 * STRETCH_BYTES);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("looking at a model, and counting its memory, reads the header of its weights alone", async () => {
  const { files, reads } = watched(filesIn(folder));
  await inspectModel(files);
  const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };
  const { peakBytes } = await estimateMemory(config, { ...nanoSources, model: async () => files }, limits);
  expect(peakBytes).toBeGreaterThan(fileBytes);
  expect(reads.wholes).toBe(0);
  expect(reads.end).toBeLessThan(10_000);
  expect(reads.total).toBeLessThan(100_000);
});

test("what a model is called is found without its weights in memory", async () => {
  const { files, reads } = watched(filesIn(folder));
  const { reference } = await folderModel("large", files);
  const { open: _, ...whole } = filesIn(folder);
  expect(reference.slice(-16)).toBe((await fingerprintOf(whole)).slice(0, 16));
  expect(reads).toMatchObject({ wholes: 0, total: fileBytes, largest: STRETCH_BYTES });
  expect(reads.held).toBeLessThan(2 * STRETCH_BYTES);
});

test("loading a model holds a stretch of its weights at a time, beside what is on the device", async () => {
  const device = new CpuDevice();
  // Memory of WebAssembly counts too: it is grown beforehand by what will be needed.
  device.allocate("room", Math.ceil(fileBytes / 2)).destroy();
  device.allocate("room", Math.ceil(fileBytes / 2)).destroy();
  const before = bytesHeld();
  const { files, reads } = watched(filesIn(folder));
  const session = await TrainingSession.prepare(device, config, { ...nanoSources, model: async () => files }, () => {});
  expect(reads.wholes).toBe(0);
  expect(reads.largest).toBeLessThanOrEqual(STRETCH_BYTES);
  // Once to look for numbers that are not finite, once to the device.
  expect(reads.total).toBeGreaterThan(1.9 * fileBytes);
  expect(reads.total).toBeLessThan(2.1 * fileBytes);
  // What was read, and what it is as numbers.
  expect(reads.held).toBeLessThan(3 * STRETCH_BYTES);
  expect(bytesHeld() - before).toBeLessThan(STRETCH_BYTES);
  session.destroy();
  device.destroy();
});
