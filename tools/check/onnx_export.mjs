// Exports checkpoints as ONNX, each into a folder of its name beside what other programs computed with it.
//
//   node tools/check/onnx_export.mjs OUT FOLDER...      FOLDER: config.json, tokenizer.json, model.safetensors, golden.*
//   python tools/check/onnx_check.py OUT
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { filesIn, withEngine } from "../engine.mjs";

const [out, ...folders] = process.argv.slice(2);
if (folders.length === 0) {
  console.error("usage: node tools/check/onnx_export.mjs OUT FOLDER...");
  process.exit(1);
}

await withEngine(async (load) => {
  const { loadModel } = await load("/src/engine/model/loadModel.ts");
  const { exportOnnx } = await load("/src/engine/onnx/exportOnnx.ts");
  for (const folder of folders) {
    const { config, tensors } = await loadModel(filesIn(folder));
    const target = path.join(out, path.basename(path.resolve(folder)));
    mkdirSync(target, { recursive: true });
    for (const [name, bytes] of Object.entries(exportOnnx(config, tensors))) {
      writeFileSync(path.join(target, name), bytes);
    }
    for (const name of ["golden.json", "golden.safetensors"]) {
      if (existsSync(path.join(folder, name))) copyFileSync(path.join(folder, name), path.join(target, name));
    }
    console.log(`${config.family}: ${target}`);
  }
});
