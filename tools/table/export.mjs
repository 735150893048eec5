// Writes what the twin trains on, exactly as the engine would draw it: token ids, labels and the order of batches.
//
//   node tools/table/export.mjs OUT.json
import { writeFileSync } from "node:fs";
import { diskSources, withEngine } from "../engine.mjs";
import { largestShots, plan } from "./plan.mjs";

const [out] = process.argv.slice(2);

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/settings/config.ts");
  const { loadData } = await load("/src/engine/data/runData.ts");
  const { loadModel } = await load("/src/engine/model/loadModel.ts");
  const { batchIndices } = await load("/src/engine/tasks/subset.ts");
  const model = await loadModel(await diskSources.model("pd-bert"));
  const plain = (examples) =>
    examples.map(({ rows, labels }) => ({ rows: rows.map(({ ids }) => ids), label: labels[0] }));
  const tasks = {};
  for (const task of plan.tasks) {
    const seeds = {};
    let validation;
    for (const seed of [plan.sweepSeed, ...plan.seeds]) {
      const config = { ...defaultConfig, ...plan.common, task, seed, shots: String(largestShots) };
      const data = await loadData(config, model, diskSources);
      validation = plain(data.validation);
      seeds[seed] = {
        training: plain(data.training),
        batches: Object.fromEntries(
          plan.shots[task].map((shots) => [
            shots,
            Array.from({ length: plan.common.steps }, (_, step) => batchIndices(shots, config.batchSize, step, seed)),
          ]),
        ),
      };
    }
    tasks[task] = { validation, seeds };
  }
  writeFileSync(out, JSON.stringify({ plan, tasks }));
});
