// The engine's half of peft_import.py: reads adapters that PEFT saved and compares their updates.
//
//   node tools/check/peft_import.mjs FOLDER '{"family": "folder of its base"}'
import path from "node:path";
import { filesIn, withEngine } from "../engine.mjs";

const BOUND = 1e-6;
const [folder, given] = process.argv.slice(2);

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/train/config.ts");
  const { inspectModel } = await load("/src/engine/model/loadModel.ts");
  const { SafetensorsFile } = await load("/src/engine/checkpoint/safetensors.ts");
  const { openPeft, peftNames } = await load("/src/engine/export/openPeft.ts");
  const { moduleOf } = await load("/src/engine/export/peft.ts");
  const { updateOf } = await load("/src/engine/export/updates.ts");
  let failures = 0;
  console.log("| family | layers | targets | max error |\n|---|---|---|---|");
  for (const [family, base] of Object.entries(JSON.parse(given))) {
    const { transformer } = await inspectModel(filesIn(base));
    const adapter = filesIn(path.join(folder, family));
    const files = new Map();
    for (const name of peftNames) files.set(name, await adapter.read(name));
    const deltas = new SafetensorsFile(await adapter.read("deltas.safetensors"));
    const { config, from } = openPeft(files, defaultConfig, transformer);
    const { value } = from.parts;
    const adapted = transformer.layers.filter(({ id }) => value.has(`${id}/A`));
    let error = adapted.length === deltas.names.length ? 0 : Number.NaN;
    for (const layer of adapted) {
      const scale = config.alpha / config.rank;
      const pair = { layer, rank: config.rank, A: value.get(`${layer.id}/A`).values };
      const update = updateOf({ ...pair, B: value.get(`${layer.id}/B`).values.map((x) => scale * x) });
      const name = deltas.names.find((each) => `.${each}`.endsWith(`.${moduleOf(layer.weight)}`));
      const expected = deltas.read(name).values;
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      update.forEach((x, at) => {
        error = Math.max(error, Math.abs(x - expected[at]) / largest);
      });
    }
    if (!(error <= BOUND)) failures++;
    console.log(`| ${family} | ${adapted.length} | ${config.targets} | ${error.toExponential(1)} |`);
  }
  process.exitCode = failures === 0 ? 0 : 1;
});
