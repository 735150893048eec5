import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { RecordingScope } from "../bench/recording.ts";
import { prepareRun } from "../bench/run.ts";
import { PlanningDevice } from "../device/planning.ts";

const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };

test.each([
  ["LoRA", "software", { method: "lora" } as const, 212],
  ["compressed Deep LoRA", "software", {}, 239],
  ["LoRA", "hardware", { method: "lora" } as const, 119],
  ["compressed Deep LoRA", "hardware", {}, 130],
] as const)("a step of pd-bert with %s on %s has no more dispatches than it had", async (_, kind, change, most) => {
  const scope = new RecordingScope(new PlanningDevice(limits, kind));
  await prepareRun(scope, diskSources, change);
  expect(scope.dispatchesOf("step of ").length).toBeLessThanOrEqual(most);
});

test.each([
  ["Start's", {}],
  ["those of a decoder", { model: "pd-gpt", task: "king-james", maxTokens: 72, method: "lora" } as const],
])("products that share dispatches take about a tenth more memory at most, with settings %s", async (_, change) => {
  const peakOf = async (kind: "software" | "hardware") => {
    const device = new PlanningDevice(limits, kind);
    await prepareRun(device, diskSources, { batchSize: 16, maxTokens: 64, ...change });
    return device.ledger.peakBytes;
  };
  // Weights are the same, and larger where a card does not store them in 16 bits.
  expect(await peakOf("hardware")).toBeLessThan(1.12 * (await peakOf("software")));
});
