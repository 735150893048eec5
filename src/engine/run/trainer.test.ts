import { expect, test } from "vitest";
import type { GpuDevice } from "../device/gpu.ts";
import { OutOfMemoryError } from "../errors.ts";
import { openNodeGpu, testGpu } from "../testing/devices.ts";
import { nanoConfig } from "../testing/runs.ts";
import { watched } from "../testing/watched.ts";
import type { TrainerEvent } from "./events.ts";

const config = { ...nanoConfig, targets: "query-value", steps: 12, spectrumEvery: 4, evaluateEvery: 5 };

test("a run reports every step once and in order, its validations and spectra, and where it stands", async () => {
  const { trainer, of } = watched(testGpu);
  await trainer.prepare(config);
  await trainer.step();
  expect(of("phase").at(-1)).toEqual({ type: "phase", phase: "paused", step: 1 });
  await trainer.train();
  expect(of("failed")).toEqual([]);
  const rows = of("metrics").flatMap((event) => event.rows);
  expect(rows.map(({ step }) => step)).toEqual([...Array(12).keys()]);
  expect(of("measured").map(({ step }) => step)).toEqual([0, 1, 4, 8, 12]);
  expect(of("evaluation").map(({ step }) => step)).toEqual([0, 5, 10, 12]);
  expect(of("phase").at(-1)).toEqual({ type: "phase", phase: "finished", step: 12 });

  await trainer.reset();
  expect(of("restarted").length).toBe(1);
  for (let step = 0; step < 5; step++) await trainer.step();
  expect(of("evaluation").map(({ step }) => step)).toEqual([0, 5, 10, 12, 0, 5]);
  await trainer.train();
  const again = of("metrics").flatMap((event) => event.rows);
  expect(again.slice(12), "the same steps after a reset").toEqual(rows);
});

test("pause stops before the next step and train goes on from there", async () => {
  const { trainer, of } = watched(testGpu);
  await trainer.prepare(config);
  const training = trainer.train();
  trainer.pause();
  await training;
  const stopped = of("phase").at(-1)!;
  expect(stopped.phase).toBe("paused");
  expect(stopped.step).toBeLessThan(config.steps);
  await trainer.train();
  expect(of("metrics").flatMap(({ rows }) => rows).length).toBe(config.steps);
});

test("a run that could not be built keeps no memory, and the next one starts on another device", async () => {
  const opened: GpuDevice[] = [];
  const { trainer, of } = watched(async () => {
    const device = await openNodeGpu();
    opened.push(device);
    if (opened.length === 1) device.compile = () => Promise.reject(new OutOfMemoryError("no room for the programs"));
    return device;
  });
  await trainer.prepare(config);
  expect(of("failed")[0]!.failure).toMatchObject({ name: "OutOfMemoryError", message: "no room for the programs" });
  await trainer.prepare(config);
  await trainer.step();
  expect(of("failed").length).toBe(1);
  expect(opened.length).toBe(2);
  expect(of("metrics").flatMap(({ rows }) => rows).length).toBe(1);
});

test("a device that is lost says so at once, between two operations and during one, and the next run gets another", async () => {
  const opened: GpuDevice[] = [];
  const { trainer, of } = watched(async () => {
    opened.push(await openNodeGpu());
    return opened.at(-1)!;
  });
  await trainer.prepare(config);
  opened[0]!.destroy();
  await expect.poll(() => of("failed").length).toBe(1);
  expect(of("failed")[0]).toMatchObject({ failure: { name: "DeviceLostError" }, hasRun: false });

  await trainer.prepare(config);
  const training = trainer.train();
  opened[1]!.destroy();
  await training;
  expect(of("failed")[1]).toMatchObject({ failure: { name: "DeviceLostError" }, hasRun: false });

  await trainer.prepare(config);
  await trainer.step();
  expect(of("failed").length).toBe(2);
  expect(of("phase").at(-1)).toMatchObject({ phase: "paused", step: 1 });
});

test("what a device refuses without anybody watching ends the run", async () => {
  const opened: GpuDevice[] = [];
  const { trainer, of } = watched(async () => {
    opened.push(await openNodeGpu());
    return opened.at(-1)!;
  });
  await trainer.prepare(config);
  const device = opened[0]!;
  device.write(device.allocate("small", 4), 1_000_000, [1]);
  await expect.poll(() => device.ledger.uncapturedErrors).toBe(1);
  await trainer.train();
  const [{ failure, hasRun }] = of("failed") as [TrainerEvent & { type: "failed" }];
  expect(failure.name).toBe("DeviceFaultError");
  expect(failure.message).toMatch(/^the graphics device refused a command: .*write/i);
  expect(hasRun).toBe(false);
  expect(of("metrics")).toEqual([]);
  await trainer.prepare(config);
  expect(opened.length).toBe(2);
});
