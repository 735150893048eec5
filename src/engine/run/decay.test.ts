import fc from "fast-check";
import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { persistent, readTensor, writeTensor } from "../ops/tensor.ts";
import { type RunConfig, runFields } from "../settings/config.ts";
import { NANO_T5, nanoSession, takeSteps } from "../testing/runs.ts";
import { runOnce } from "./runOnce.ts";
import { stepScalarsAt } from "./schedule.ts";

const methods = Object.keys(runFields.method.options) as RunConfig["method"][];
const tasks: readonly Partial<RunConfig>[] = [
  {},
  { pairing: "packed", targets: "all-dense" },
  { task: "authors" },
  { task: "kjv", model: "pd-gpt" },
  { task: "king-james", model: NANO_T5 },
];

const anyRun = fc
  .record({
    method: fc.constantFrom(...methods),
    task: fc.constantFrom(...tasks),
    weightDecay: fc.double({ min: 0.01, max: 1, noNaN: true }),
    weightDecayOn: fc.constantFrom("matrices" as const, "all" as const),
    rank: fc.constantFrom(2, 4),
  })
  .map(({ task, ...rest }) => ({ ...task, ...rest, bases: "random" as const, schedule: "constant" as const }))
  // Without a head of its own there is nothing that such a run would train.
  .filter(({ method, ...task }) => method !== "head" || !("task" in task) || task.task === "authors");

test("where gradients are zero a step shrinks what decays, and leaves vectors as they are unless all decay", async () => {
  const device = new CpuDevice(Float64Array);
  await fc.assert(
    fc.asyncProperty(anyRun, async (settings) => {
      const session = await nanoSession(device, settings);
      const { network } = session;
      const config = { ...session.config, learningRate: 0.5 };
      const stepScalars = persistent(device, "stepScalars", [64]);
      // Biases and outer factors that start at zero could not be seen to shrink.
      writeTensor(device, network.arena.values, new Float64Array(network.arena.length).fill(1));
      writeTensor(device, network.arena.gradients, new Float64Array(network.arena.length));
      writeTensor(device, stepScalars, stepScalarsAt(config, 0));
      await runOnce(device, new Workspace(device), "update", (tape) => network.arena.update(tape, { stepScalars }));
      const { weightDecay, weightDecayOn } = settings;
      for (const { value, rate } of network.arena) {
        // Of adapters, DoRA's magnitudes and VeRA's scales.
        const isVector = value.shape.length < 2 || /\/[mbd]$/.test(value.name);
        const decay = isVector && weightDecayOn === "matrices" ? 0 : weightDecay;
        const [after] = await readTensor(device, value);
        expect(after, value.name).toBeCloseTo(1 - config.learningRate * rate * decay, 12);
      }
      const names = [...network.arena].map(({ value }) => value.name);
      if (settings.method === "full") expect(names.some((name) => /bias|norm/i.test(name))).toBe(true);
      stepScalars.storage.memory!.destroy();
      session.destroy();
    }),
    { numRuns: 20 },
  );
});

async function sixLosses(settings: Partial<RunConfig>): Promise<number[]> {
  const session = await nanoSession(new CpuDevice(), { learningRate: 0.003, weightDecay: 0.5, ...settings });
  const { losses } = await takeSteps(session, 6);
  session.destroy();
  return losses;
}

/** How far apart losses are at most, as a share of them. */
function apart(actual: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((loss, step) => Math.abs(actual[step]! / loss - 1)));
}

// Recorded before there was a choice of what decays, on the processor's first arithmetic.
test.each<[RunConfig["method"], readonly number[]]>([
  [
    "full",
    [
      1.77119779586792, 0.2499600350856781, 1.7607412338256836, 6.376128673553467, 2.8051841259002686,
      1.803429126739502,
    ],
  ],
  [
    "deep-lora-compressed",
    [1.77120041847229, 0.2654791474342346, 1.88870108127594, 7.180037021636963, 2.998608350753784, 3.1693243980407715],
  ],
  [
    "lora",
    [1.77119779586792, 0.2628500461578369, 1.85516357421875, 7.04224157333374, 2.961094617843628, 2.8379592895507812],
  ],
  [
    "head",
    [
      1.77119779586792, 0.28916260600090027, 2.3929545879364014, 8.293378829956055, 3.4791908264160156,
      3.9544596672058105,
    ],
  ],
])("with %s and decay of all that trains losses are those of former versions", async (method, losses) => {
  expect(apart(await sixLosses({ method, weightDecayOn: "all" }), losses)).toBeLessThan(2e-6);
  expect(apart(await sixLosses({ method, weightDecayOn: "matrices" }), losses)).toBeGreaterThan(2e-5);
});
