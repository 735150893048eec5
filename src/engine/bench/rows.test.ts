import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { profile } from "./profile.ts";
import { benchMarkdown, profileCells, profileHead } from "./report.ts";
import { benchRows } from "./rows.ts";

test("rows are measured on a GPU and on the processor, and nothing of them stays on the device", async () => {
  for (const device of [await testGpu(), new CpuDevice()]) {
    const before = device.ledger.liveBytes;
    const said: string[] = [];
    const rows = await benchRows(device, diskSources, { only: 2, report: (doing) => said.push(doing) });
    expect(rows.map(({ name }) => name)).toEqual(["[512×768×8]", "[8×512×768]"]);
    expect(said).toEqual(["Products: [512×768×8]", "Products: [8×512×768]"]);
    for (const row of rows) {
      expect(["measured", "too noisy"], JSON.stringify(row)).toContain(row.verdict);
      expect(row.flop).toBe(2 * 512 * 768 * 8);
    }
    // The constants of the tapes are the device's own.
    expect(device.ledger.liveBytes - before).toBeLessThanOrEqual(2048);
    const text = benchMarkdown({
      ...{ rankscope: "0", when: "now", runtime: "a test", adapter: device.description, rows },
    });
    expect(text.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(4);
  }
});

test("a product that is wrong is not timed", async () => {
  const device = new CpuDevice();
  const read = device.read.bind(device);
  device.read = async (memory, offset, length) => (await read(memory, offset, length)).map((value) => value + 1e-3);
  const [row] = await benchRows(device, diskSources, { only: 1 });
  expect(row).toMatchObject({ verdict: "failed" });
  expect(row).toHaveProperty("why", expect.stringMatching(/^the product is wrong by 0\.00/));
});

test("a profile has every dispatch of the step, with its share and how near it comes to the ceilings", async () => {
  const device = new CpuDevice();
  const found = await profile(device, "tiny2", diskSources);
  expect(found.shares.reduce((sum, { dispatches }) => sum + dispatches, 0)).toBeGreaterThan(100);
  expect(found.shares.map(({ ms }) => ms)).toEqual(found.shares.map(({ ms }) => ms).sort((a, b) => b - a));
  const products = found.shares.filter(({ kernel }) => kernel === "matmul");
  // What the network's products come to on paper, and the updates' beside them.
  const gflop = products.reduce((sum, { flop }) => sum + flop, 0) / 1e9;
  expect(gflop).toBeGreaterThan(1.1);
  expect(gflop).toBeLessThan(1.4);
  expect(found.ceilings.gflops).toBeGreaterThan(0);
  for (const share of found.shares) expect(profileCells(share, found)).toHaveLength(profileHead.length);
  await expect(profile(device, "tiny2", diskSources, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});
