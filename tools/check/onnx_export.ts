// Exports checkpoints as ONNX, each into a folder of its name beside what other programs computed with it.
//
//   node tools/run.mjs tools/check/onnx_export.ts OUT FOLDER...      FOLDER: config.json, tokenizer.json, model.safetensors, golden.*
//   python tools/check/onnx_check.py OUT
import { copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import { loadModel } from "../../src/engine/model/loadModel.ts";
import { exportOnnx } from "../../src/engine/onnx/exportOnnx.ts";
import { missing } from "../commandLine.ts";
import { filesIn, writeFiles } from "../disk.ts";

const [out = missing("OUT"), first = missing("FOLDER"), ...more] = process.argv.slice(2);

for (const folder of [first, ...more]) {
  const { config, tensors } = await loadModel(filesIn(folder));
  const target = path.join(out, path.basename(path.resolve(folder)));
  await writeFiles(target, { ...exportOnnx(config, tensors) });
  for (const name of ["golden.json", "golden.safetensors"]) {
    if (existsSync(path.join(folder, name))) copyFileSync(path.join(folder, name), path.join(target, name));
  }
  console.log(`${config.family}: ${target}`);
}
