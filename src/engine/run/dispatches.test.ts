import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import { RecordingScope } from "../bench/recording.ts";
import { prepareRun } from "../bench/run.ts";
import { PlanningDevice } from "../device/planning.ts";

const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };

test.each([
  ["LoRA", { method: "lora" } as const, 220],
  ["compressed Deep LoRA", {}, 247],
])("a step of pd-bert with %s has no more dispatches than it had", async (_, change, most) => {
  const scope = new RecordingScope(new PlanningDevice(limits, "software"));
  await prepareRun(scope, diskSources, change);
  expect(scope.dispatchesOf("step of ").length).toBeLessThanOrEqual(most);
});
