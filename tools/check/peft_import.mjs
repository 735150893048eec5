// The engine's half of peft_import.py: opens adapters that PEFT saved and compares their updates.
//
//   node tools/check/peft_import.mjs FOLDER '{"name": {"base": "folder of its model", "settings": {}}}'
import path from "node:path";
import { diskSources, filesIn, withEngine } from "../engine.mjs";

const BOUND = 1e-6;
const [folder, given] = process.argv.slice(2);

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/settings/config.ts");
  const { inspectModel } = await load("/src/engine/model/loadModel.ts");
  const { SafetensorsFile } = await load("/src/engine/checkpoint/safetensors.ts");
  const { openAdapter } = await load("/src/engine/export/openAdapter.ts");
  const { peftNames } = await load("/src/engine/export/openPeft.ts");
  const { moduleOf } = await load("/src/engine/export/peft.ts");
  const { updateOf } = await load("/src/engine/export/updates.ts");
  let failures = 0;
  console.log("| adapter | layers | rank | α | max error | notes |\n|---|---|---|---|---|---|");
  for (const [name, { base, settings }] of Object.entries(JSON.parse(given))) {
    const { transformer } = await inspectModel(filesIn(base));
    const saved = filesIn(path.join(folder, name));
    const deltas = new SafetensorsFile(await saved.read("deltas.safetensors"));
    const files = peftNames.map((file) => ({ name: file, read: () => saved.read(file) }));
    const sources = { ...diskSources, model: async () => filesIn(base) };
    const { config, from, warnings } = await openAdapter(files, { ...defaultConfig, ...settings }, sources);
    const { value } = from.parts;
    const adapted = transformer.layers.filter(({ id }) => value.has(`${id}/A`));
    const heads = deltas.names.filter((each) => each.startsWith("head."));
    const count = [...value.keys()].filter((each) => each.startsWith("head.")).length;
    const isWhole = adapted.length + heads.length === deltas.names.length && count === heads.length;
    let error = isWhole ? 0 : Number.NaN;
    const compare = (found, expected) => {
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      found.forEach((x, at) => {
        error = Math.max(error, Math.abs(x - expected[at]) / largest);
      });
    };
    for (const layer of adapted) {
      const scale = config.alpha / config.rank;
      const pair = { layer, rank: config.rank, A: value.get(`${layer.id}/A`).values };
      const update = updateOf({
        ...pair,
        B: Float64Array.from(value.get(`${layer.id}/B`).values, (x) => scale * Math.fround(x)),
      });
      const own = deltas.names.find((each) => `.${each}`.endsWith(`.${moduleOf(layer.weight)}`));
      compare(update, deltas.read(own).values);
    }
    for (const each of heads) compare(value.get(each).values, deltas.read(each).values);
    if (!(error <= BOUND)) failures++;
    const shown = [adapted.length, config.rank, config.alpha, error.toExponential(1), warnings.join(" ")];
    console.log(`| ${name} | ${shown.join(" | ")} |`);
  }
  process.exitCode = failures === 0 ? 0 : 1;
});
