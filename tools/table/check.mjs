// Trains a few steps of every method of the plan in the engine and writes where each started and what it lost.
//
//   node tools/table/check.mjs OUT.json, then python tools/table/check.py DATA.json MODEL OUT.json
import { writeFileSync } from "node:fs";
import { diskSources, withEngine } from "../engine.mjs";
import { plan } from "./plan.mjs";

const STEPS = 5;
const [out] = process.argv.slice(2);

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/settings/config.ts");
  const { TrainingSession } = await load("/src/engine/run/session.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = await openNodeGpu();
  const runs = [];
  for (const task of plan.tasks) {
    for (const [method, { settings, learningRates }] of Object.entries(plan.methods)) {
      const learningRate = learningRates[1];
      const config = {
        ...defaultConfig,
        ...plan.common,
        ...settings,
        task,
        method,
        learningRate,
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
      const losses = [];
      for (let step = 0; step < STEPS; step++) {
        await session.room();
        losses.push((await session.submitStep().metrics).loss);
      }
      session.destroy();
      runs.push({ task, method, learningRate, losses, start });
      console.log(task, method, losses.map((loss) => loss.toFixed(5)).join(" "));
    }
  }
  writeFileSync(out, JSON.stringify(runs));
});
