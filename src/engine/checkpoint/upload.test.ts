import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOnDisk } from "../../../tools/disk.ts";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { memoryOf, persistent } from "../ops/tensor.ts";
import { testGpu } from "../testing/devices.ts";
import { bytesHeld } from "../testing/watchedFiles.ts";
import { STRETCH_BYTES } from "./files.ts";
import { type HostTensor, partsOf, SafetensorsFile } from "./safetensors.ts";
import { uploadStack, uploadTensor } from "./upload.ts";
import { safetensorsHeader } from "./writeSafetensors.ts";

// What a process holds is known to some megabytes, so that a weight has to be large beside these.
const shape = [96, 2 ** 18];
const BYTES = 96 * 2 ** 20;
const folder = mkdtempSync(path.join(tmpdir(), "rankscope-"));
const place = path.join(folder, "model.safetensors");

beforeAll(() => {
  const file = openSync(place, "w");
  writeSync(file, safetensorsHeader(new Map([["w", { shape }]]), {}).bytes);
  for (let row = 0; row < shape[0]!; row++)
    writeSync(file, new Uint8Array(Float32Array.from({ length: shape[1]! }, (_, at) => row + (at % 251)).buffer));
  closeSync(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["a processor", async () => new CpuDevice()],
  ["a graphics device", testGpu],
];

test.each(devices)("weights come from the disk to %s with no copy of them besides", async (_, open) => {
  const device = await open();
  const stored = new SafetensorsFile(bytesOnDisk(place)).stored("w");
  const start = device.ledger.liveBytes;
  const tensor = persistent(device, "w", shape);
  await device.settle();
  // Memory that was never written to is in nobody's way yet.
  await uploadTensor(device, tensor, stored);
  await device.idle();
  bytesHeld();
  // What was collected is given back a little later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const held = bytesHeld();
  const before = process.memoryUsage().rss;
  let [most, mostHeld] = [0, 0];
  const watched: HostTensor = {
    shape,
    get values(): Float32Array {
      throw new Error("it was read as a whole");
    },
    async *parts() {
      for await (const part of partsOf(stored)) {
        most = Math.max(most, process.memoryUsage().rss - before);
        if (part[0] % (8 * STRETCH_BYTES) === 0) mostHeld = Math.max(mostHeld, bytesHeld() - held);
        yield part;
      }
    },
  };
  await uploadTensor(device, tensor, watched);
  await uploadStack(device, { ...tensor, shape: [1, ...shape], strides: [BYTES / 4, ...tensor.strides] }, [watched]);
  await device.idle();
  most = Math.max(most, process.memoryUsage().rss - before);
  expect(device.ledger.liveBytes - start).toBe(BYTES);
  expect(mostHeld).toBeLessThanOrEqual(2 * STRETCH_BYTES);
  expect(most).toBeLessThan(BYTES / 3);
  const [last] = await device.read(memoryOf(tensor), 95 * shape[1]! + 250, 1);
  expect(last).toBe(95 + 250);
  memoryOf(tensor).destroy();
});
