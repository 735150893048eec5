// Runs every bundled preset headless for a few steps and writes down what the engine makes of some validation examples
// with the adapter that it saved, for peft_roundtrip.py to compare with what PEFT makes of it. That script starts this.
//
//   node tools/check/peft_roundtrip.mjs FOLDER [CASE ...]
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { diskSources, filesIn, root, withEngine } from "../engine.mjs";

const [folder, ...names] = process.argv.slice(2);
/** A few steps are enough for every factor to have moved; the check is of where it ended, not of how good it is. */
const small = { steps: 4, shots: "16", batchSize: 4, validationRows: 8, evaluateEvery: 1000, calibrationBatches: 1 };

/** Experiments on the bundled presets, and on the nano models of all families, which `--model` puts in their place. */
async function experiments(load) {
  const { presets } = await load("/src/app/state/presets.ts");
  const found = presets.map(({ id, config }) => ({ id, model: undefined, config: { ...config, ...small } }));
  const { config } = presets[0];
  const nano = { ...config, ...small, maxTokens: 12, rank: 4, learningRate: 1e-2 };
  for (const name of ["bert", "roberta", "distilbert", "gpt2", "llama", "qwen2", "t5", "t5-gated"]) {
    const model = path.join(root, "src/engine/model/fixtures/parity", name);
    const writes = name === "gpt2" || name === "llama" || name === "qwen2";
    const task = writes ? "kjv" : name.startsWith("t5") ? "king-james" : "verse-sts";
    if (existsSync(model))
      found.push({
        id: `nano ${name}`,
        model,
        config: { ...nano, task, ...(task !== "verse-sts" && { model: "pd-gpt" }) },
      });
  }
  return found;
}

await withEngine(async (load) => {
  const { writeExperiment } = await load("/src/engine/settings/experiment.ts");
  const { readSnapshot } = await load("/src/engine/run/snapshot.ts");
  const { TrainingSession } = await load("/src/engine/run/session.ts");
  const { engineOutputs } = await load("/src/engine/export/crossCheck.ts");
  const { mergedFiles } = await load("/src/engine/export/mergedFiles.ts");
  const { pythonModelOf } = await load("/src/engine/export/pythonModel.ts");
  const { writeSafetensors } = await load("/src/engine/checkpoint/writeSafetensors.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = await openNodeGpu();
  const found = await experiments(load);
  const cases = [];
  for (const { id, model, config } of found) {
    if (names.length > 0 && !names.includes(id)) continue;
    const at = path.join(folder, id.replaceAll(" ", "-"));
    if (config.model === "use-lite") {
      cases.push({ id, skipped: "transformers has no Universal Sentence Encoder" });
      continue;
    }
    mkdirSync(at, { recursive: true });
    const experiment = path.join(at, "given.json");
    writeFileSync(experiment, await writeExperiment(config));
    const call = [
      "tools/headless/run.mjs",
      experiment,
      "--out",
      at,
      "--overwrite",
      ...(model ? ["--model", model] : []),
    ];
    execFileSync(process.execPath, call, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    const files = unzipSync(new Uint8Array(readFileSync(path.join(at, "adapter.zip"))));
    const adapter = path.join(at, "adapter");
    mkdirSync(adapter, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(adapter, name), content);

    const snapshot = await readSnapshot(files["rankscope.safetensors"].slice().buffer);
    const sources = model ? { ...diskSources, model: async () => filesIn(model) } : diskSources;
    const session = await TrainingSession.prepare(device, snapshot.config, sources, () => {});
    await session.restore(snapshot.state);
    const { inputs, outputs, mask } = await engineOutputs(device, session, "merged");
    const tensors = [...inputs, ...outputs, ["mask", { shape: inputs.get("input_ids").shape, values: mask }]];
    writeFileSync(path.join(at, "ours.safetensors"), new Uint8Array(writeSafetensors(new Map(tensors))));
    const merged = path.join(at, "merged");
    mkdirSync(merged, { recursive: true });
    const source = await sources.model(snapshot.config.model);
    for (const [name, content] of Object.entries(await mergedFiles(device, session, source)))
      writeFileSync(path.join(merged, name), typeof content === "string" ? content : new Uint8Array(content));
    const python = pythonModelOf(snapshot.config, session.model.transformer.family);
    session.destroy();
    cases.push({ id, at, base: model ?? path.join(root, "public/models", config.model), ...python });
  }
  writeFileSync(path.join(folder, "cases.json"), JSON.stringify(cases, undefined, 2));
  device.destroy();
});
