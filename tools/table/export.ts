// Writes what the twin trains on, exactly as the engine would draw it: token ids, labels and the order of batches; and the
// methods of the plan, as they are stated in Python.
//
//   node tools/run.mjs tools/table/export.ts OUT.json
import { writeFileSync } from "node:fs";
import { loadData } from "../../src/engine/data/runData.ts";
import type { Adapter } from "../../src/engine/methods/adapters/adapter.ts";
import { type MethodName, methodNamed } from "../../src/engine/methods/index.ts";
import { settingsOf } from "../../src/engine/methods/method.ts";
import { loadModel } from "../../src/engine/model/loadModel.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import type { EncodedExample } from "../../src/engine/tasks/encode.ts";
import { batchIndices } from "../../src/engine/tasks/subset.ts";
import { missing } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import { largestShots, plan } from "./plan.ts";

const [out = missing("OUT.json")] = process.argv.slice(2);

const model = await loadModel(await diskSources.model("pd-bert"));
const plain = (examples: readonly EncodedExample[]) =>
  examples.map(({ rows, labels }) => ({ rows: rows.map(({ ids }) => ids), label: labels[0] }));

/** The examples that a seed draws, and the batches of every size of subset. */
async function drawn(task: (typeof plan.tasks)[number], seed: number) {
  const config: RunConfig = { ...defaultConfig, ...plan.common, task, seed, shots: largestShots };
  const { training, validation } = await loadData(config, model, diskSources);
  const batchesOf = (shots: number) =>
    Array.from({ length: config.steps }, (_, step) => batchIndices(shots, config.batchSize, step, seed));
  const batches = Object.fromEntries(plan.shots[task].map((shots) => [shots, batchesOf(shots)]));
  return { validation: plain(validation), drawn: { training: plain(training), batches } };
}

const tasks: Record<string, object> = {};
for (const task of plan.tasks) {
  const seeds: Record<number, object> = {};
  let validation: ReturnType<typeof plain> = [];
  for (const seed of [plan.sweepSeed, ...plan.seeds]) {
    const found = await drawn(task, seed);
    validation = found.validation;
    seeds[seed] = found.drawn;
  }
  tasks[task] = { validation, seeds };
}

const methods: Record<string, object> = {};
const statements: Record<string, string | undefined> = {};
for (const [name, spec] of Object.entries(plan.methods)) {
  const method = methodNamed(name as MethodName);
  methods[name] = { ...spec, settings: settingsOf(method, { ...defaultConfig, ...spec.settings }) };
  statements[name] = (method as Partial<Adapter>).python;
}
writeFileSync(out, JSON.stringify({ plan: { ...plan, methods }, tasks, statements }));
