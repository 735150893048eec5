// Trains a few steps of every method of the plan in the engine and writes where each started and what it lost.
//
//   node tools/run.mjs tools/table/check.ts OUT.json, then python tools/table/check.py DATA.json MODEL OUT.json
import { writeFileSync } from "node:fs";
import { TrainingSession } from "../../src/engine/run/session.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { openNodeGpu } from "../../src/engine/testing/devices.ts";
import { missing } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import { plan } from "./plan.ts";

const STEPS = 5;
const [out = missing("OUT.json")] = process.argv.slice(2);

const device = await openNodeGpu();
const runs = [];
for (const task of plan.tasks) {
  for (const method of Object.keys(plan.methods) as (keyof typeof plan.methods)[]) {
    const { settings, learningRates } = plan.methods[method];
    const config: RunConfig = {
      ...defaultConfig,
      ...plan.common,
      ...settings,
      task,
      method,
      learningRate: learningRates[1],
      headLearningRate: plan.headLearningRates[task],
      shots: "64",
      seed: 0,
      spectrumEvery: 10_000,
    };
    const session = await TrainingSession.prepare(device, config, diskSources, () => {});
    const start = Object.fromEntries(
      [...(await session.network.named.read("start"))].map(([name, { shape, values }]) => [
        name,
        { shape, values: [...values] },
      ]),
    );
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      await session.room();
      losses.push((await session.submitStep().metrics).loss);
    }
    session.destroy();
    runs.push({ task, method, learningRate: config.learningRate, losses, start });
    console.log(task, method, losses.map((loss) => loss.toFixed(5)).join(" "));
  }
}
writeFileSync(out, JSON.stringify(runs));
device.destroy();
