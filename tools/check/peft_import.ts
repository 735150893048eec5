// The engine's half of peft_import.py: opens adapters that PEFT saved and compares their updates. That script starts this:
//
//   node tools/run.mjs tools/check/peft_import.ts FOLDER '{"name": {"base": "folder of its model", "settings": {}}}'
import path from "node:path";
import { SafetensorsFile } from "../../src/engine/checkpoint/safetensors.ts";
import { openAdapter } from "../../src/engine/export/openAdapter.ts";
import { peftNames } from "../../src/engine/export/openPeft.ts";
import { moduleOf } from "../../src/engine/export/peft.ts";
import { updateOf } from "../../src/engine/export/updates.ts";
import { inspectModel } from "../../src/engine/model/loadModel.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { missing } from "../commandLine.ts";
import { diskSources, filesIn } from "../disk.ts";

interface ImportCase {
  /** The folder of its model. */
  readonly base: string;
  readonly settings: Partial<RunConfig>;
}

const BOUND = 1e-6;
const [folder = missing("FOLDER"), given = missing("the cases")] = process.argv.slice(2);
const cases: Record<string, ImportCase> = JSON.parse(given);

let failures = 0;
console.log("| adapter | layers | rank | α | max error | notes |\n|---|---|---|---|---|---|");
for (const [name, { base, settings }] of Object.entries(cases)) {
  const { transformer } = await inspectModel(filesIn(base));
  const saved = filesIn(path.join(folder, name));
  const deltas = new SafetensorsFile(await saved.read("deltas.safetensors"));
  const files = peftNames.map((file) => ({ name: file, read: () => saved.read(file) }));
  const sources = { ...diskSources, model: async () => filesIn(base) };
  const { config, from, warnings } = await openAdapter(files, { ...defaultConfig, ...settings }, sources);
  const value = from.parts.value!;
  const adapted = transformer.layers.filter(({ id }) => value.has(`${id}/A`));
  const heads = deltas.names.filter((each) => each.startsWith("head."));
  const count = [...value.keys()].filter((each) => each.startsWith("head.")).length;
  const isWhole = adapted.length + heads.length === deltas.names.length && count === heads.length;
  let error = isWhole ? 0 : Number.NaN;
  const compare = (found: Float32Array | Float64Array, expected: Float32Array) => {
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    found.forEach((x, at) => {
      error = Math.max(error, Math.abs(x - expected[at]!) / largest);
    });
  };
  for (const layer of adapted) {
    const scale = config.alpha / config.rank;
    const [A, B] = ["A", "B"].map((factor) => value.get(`${layer.id}/${factor}`)!.values);
    const update = updateOf({
      layer,
      rank: config.rank,
      A: Float64Array.from(A!),
      B: Float64Array.from(B!, (x) => scale * Math.fround(x)),
    });
    const own = deltas.names.find((each) => `.${each}`.endsWith(`.${moduleOf(layer.weight)}`));
    compare(update, deltas.read(own!).values);
  }
  for (const each of heads) compare(value.get(each)!.values, deltas.read(each).values);
  if (!(error <= BOUND)) failures++;
  const shown = [adapted.length, config.rank, config.alpha, error.toExponential(1), warnings.join(" ")];
  console.log(`| ${name} | ${shown.join(" | ")} |`);
}
process.exitCode = failures === 0 ? 0 : 1;
