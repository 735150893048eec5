// The engine's half of peft_import.py: opens adapters that PEFT saved and compares their updates. That script starts this:
//
//   node tools/run.mjs tools/check/peft_import.ts FOLDER '{"name": {"base": "folder of its model", "settings": {}}}'
import path from "node:path";
import { SafetensorsFile } from "../../src/engine/checkpoint/safetensors.ts";
import { openAdapter } from "../../src/engine/export/openAdapter.ts";
import { peftNames } from "../../src/engine/export/openPeft.ts";
import { moduleOf } from "../../src/engine/export/peft.ts";
import { settingsOf } from "../../src/engine/methods/method.ts";
import { inspectModel, loadModel } from "../../src/engine/model/loadModel.ts";
import type { LinearLayer } from "../../src/engine/model/transformer.ts";
import { adapterNamed } from "../../src/engine/settings/chosenMethod.ts";
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
console.log("| adapter | method | layers | rank | max error | notes |\n|---|---|---|---|---|---|");
for (const [name, { base, settings }] of Object.entries(cases)) {
  const { transformer } = await inspectModel(filesIn(base));
  const { tensors } = await loadModel(filesIn(base));
  const saved = filesIn(path.join(folder, name));
  const deltas = new SafetensorsFile(await saved.read("deltas.safetensors"));
  const files = peftNames.map((file) => ({ name: file, read: () => saved.read(file) }));
  const sources = { ...diskSources, model: async () => filesIn(base) };
  const { config, from, warnings } = await openAdapter(files, { ...defaultConfig, ...settings }, sources);
  const value = from.parts.value!;
  const namesOf = ({ id }: LinearLayer) => [...value.keys()].filter((each) => each.startsWith(`${id}/`));
  const adapted = transformer.layers.filter((layer) => namesOf(layer).length > 0);
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
    const { storedInByOut, inFeatures, outFeatures } = layer;
    const stored = tensors.get(layer.weight)!.values;
    const weight = Float64Array.from(stored, (x, at) =>
      storedInByOut ? stored[(at % inFeatures) * outFeatures + Math.floor(at / inFeatures)]! : x,
    );
    const own = namesOf(layer).map(
      (each) => [each.split("/")[1]!, Float32Array.from(value.get(each)!.values)] as const,
    );
    const adapter = adapterNamed(config.method)!;
    const update = adapter.delta(Object.fromEntries(own), settingsOf(adapter, config), layer, weight);
    const name = deltas.names.find((each) => `.${each}`.endsWith(`.${moduleOf(layer.weight)}`))!;
    compare(update, deltas.read(name).values);
  }
  for (const each of heads) compare(value.get(each)!.values, deltas.read(each).values);
  if (!(error <= BOUND)) failures++;
  const shown = [config.method, adapted.length, config.rank, error.toExponential(1), warnings.join(" ")];
  console.log(`| ${name} | ${shown.join(" | ")} |`);
}
process.exitCode = failures === 0 ? 0 : 1;
