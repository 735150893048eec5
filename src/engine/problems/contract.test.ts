import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { TrainingDevice } from "../device/device.ts";
import { parseField } from "../field.ts";
import { widthOf } from "../methods/diagnostics/diagnostic.ts";
import type { MeasurementName } from "../methods/diagnostics/index.ts";
import { Tape } from "../ops/tape.ts";
import type { TrainerEvent } from "../run/events.ts";
import { metricsLines } from "../run/metricsLog.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoSources } from "../testing/runs.ts";
import { problems } from "./index.ts";
import { type Problem, trainerOf, usualSettings } from "./problem.ts";

const table = Object.entries(problems) as unknown as [string, Problem][];
const kinds = <T extends TrainerEvent["type"]>(events: readonly TrainerEvent[], type: T) =>
  events.filter((event): event is Extract<TrainerEvent, { type: T }> => event.type === type);

describe.each(table)("%s", (_name, entry) => {
  test("says what it is, and its usual settings are accepted by its fields", () => {
    expect(entry.label.length * entry.source.length * entry.equation!.length).toBeGreaterThan(0);
    for (const [field, value] of Object.entries(usualSettings(entry)))
      expect(parseField(entry.fields[field]!, String(value)), field).toBe(value);
  });

  test.each<[string, () => Promise<TrainingDevice>]>([
    ["on the processor", async () => new CpuDevice()],
    ["on WebGPU", testGpu],
  ])("is trained, measured, repeated to the bit after a reset, and leaves no memory, %s", async (_, open) => {
    const device = await open();
    const tape = new Tape(device);
    void [tape.zero, tape.one];
    const before = device.ledger.liveBytes;
    const events: TrainerEvent[] = [];
    const trainer = trainerOf(
      entry,
      async () => device,
      nanoSources,
      (event) => events.push(event),
    );
    await trainer.prepare(Object.assign({}, usualSettings(entry), entry.small));
    await trainer.train();
    const first = events.splice(0);
    expect(kinds(first, "failed")).toEqual([]);
    const [{ summary }] = kinds(first, "ready") as [Extract<TrainerEvent, { type: "ready" }>];
    const losses = kinds(first, "metrics").flatMap(({ rows }) => rows.map(({ loss }) => loss));
    expect(losses.every(Number.isFinite)).toBe(true);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 4)));

    const measured = kinds(first, "measured");
    expect(measured.length).toBeGreaterThan(1);
    for (const { diagnostic, values } of measured) {
      expect(values.length).toBe(summary.layers.length * widthOf(summary.measured[diagnostic as MeasurementName]!));
      expect(values.every(Number.isFinite)).toBe(true);
    }
    for (const { values } of kinds(first, "evaluation")) {
      expect(Object.keys(values)).toEqual(expect.arrayContaining(summary.metrics.map(({ id }) => id)));
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
    }
    const lines = first.flatMap((event) => metricsLines(event, summary));
    expect(lines.filter((line) => "train/loss" in line).length).toBe(losses.length);

    await trainer.reset();
    await trainer.train();
    const again = events.splice(0);
    expect(kinds(again, "metrics").flatMap(({ rows }) => rows.map(({ loss }) => loss))).toEqual(losses);
    expect(kinds(again, "measured")).toEqual(measured);
    await trainer.borrow(async (_device, session) => session!.destroy());
    expect(device.ledger.liveBytes).toBe(before);
  });
});
