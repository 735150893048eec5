import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { zipped } from "../engine/export/zip.ts";
import { MemoryStorage } from "../engine/testing/storage.ts";
import { removeStaged, stagedZip } from "./stagedFiles.ts";

const files = {
  "config.json": '{"model_type":"bert"}',
  "model.safetensors": Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251),
};
let storage: MemoryStorage;

beforeEach(() => {
  storage = new MemoryStorage();
  vi.stubGlobal("navigator", storage.navigator);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const names = () => Object.keys(storage.files);

test("an archive lies in the origin's storage, and is the one that memory would hold", async () => {
  const blob = await stagedZip(files);
  expect(blob.type).toBe("application/zip");
  expect(await bytesOf(blob)).toEqual(await bytesOf(await zipped(files)));
  expect(names()).toEqual([expect.stringMatching(/^exports\/[\da-f-]{36}$/)]);
  expect(storage.usage).toBe(blob.size);
});

test("it is there for ten minutes and no longer, also where the tab was closed", async () => {
  await stagedZip(files);
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  await removeStaged();
  expect(names()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2 * 60_000);
  expect(names()).toEqual([]);
  await stagedZip(files);
  const now = Date.now();
  vi.clearAllTimers();
  vi.setSystemTime(now + 11 * 60_000);
  await stagedZip(files);
  expect(names()).toHaveLength(1);
});

test.each([0, 3000])("with room for %d bytes memory holds it, and nothing is left behind", async (quota) => {
  storage.quota = quota;
  expect(await bytesOf(await stagedZip(files))).toEqual(await bytesOf(await zipped(files)));
  expect(names()).toEqual([]);
});

test("so it does where the browser stores nothing", async () => {
  vi.stubGlobal("navigator", {});
  expect(await bytesOf(await stagedZip(files))).toEqual(await bytesOf(await zipped(files)));
});

test("what fails for another reason is thrown, and nothing is left behind", async () => {
  const broken = {
    size: 10,
    async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      yield new Uint8Array(5);
      throw new Error("the folder was moved");
    },
  };
  await expect(stagedZip({ "model.safetensors": broken })).rejects.toThrow("the folder was moved");
  expect(names()).toEqual([]);
});
