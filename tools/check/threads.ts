// Trains every bundled preset for twenty steps on the processor, in one thread and in several, and compares losses to the
// last bit:
//
//   node tools/run.mjs tools/check/threads.ts [THREADS ...]
import { existsSync } from "node:fs";
import path from "node:path";
import { presets } from "../../src/app/state/presets.ts";
import { TrainingSession } from "../../src/engine/run/session.ts";
import type { RunConfig } from "../../src/engine/settings/config.ts";
import { openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { takeSteps } from "../../src/engine/testing/runs.ts";
import { diskSources } from "../disk.ts";
import { root } from "../program.mjs";

const STEPS = 20;
const small = { batchSize: 8, maxTokens: 24, validationRows: 8, calibrationBatches: 1 } as const;
const counts = process.argv.slice(2).map(Number);

async function lossesOf(config: RunConfig, threads: number): Promise<readonly number[]> {
  const device = openNodeProcessor(threads);
  try {
    const session = await TrainingSession.prepare(device, config, diskSources, () => {});
    return (await takeSteps(session, STEPS)).losses;
  } finally {
    device.destroy();
  }
}

for (const { id, config } of presets) {
  if (!existsSync(path.join(root, "public/models", config.model, "model.safetensors"))) {
    console.log(`${id}: skipped, ${config.model} is not there`);
    continue;
  }
  const expected = await lossesOf({ ...config, ...small }, 1);
  for (const threads of counts.length > 0 ? counts : [2, 3, 8]) {
    const actual = await lossesOf({ ...config, ...small }, threads);
    const step = actual.findIndex((loss, at) => loss !== expected[at]);
    if (step >= 0) process.exitCode = 1;
    const found = step < 0 ? "the same bits" : `${actual[step]} at step ${step}, ${expected[step]} in one`;
    console.log(`${id}, ${threads} threads: ${found}`);
  }
}
