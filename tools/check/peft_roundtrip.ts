// Runs every bundled preset headless for a few steps and writes down what the engine makes of some validation examples
// with the adapter that it saved, for peft_roundtrip.py to compare with what PEFT makes of it. That script starts this:
//
//   node tools/run.mjs tools/check/peft_roundtrip.ts FOLDER [CASE ...]
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { presets } from "../../src/app/state/presets.ts";
import { writeSafetensors } from "../../src/engine/checkpoint/writeSafetensors.ts";
import { engineOutputs } from "../../src/engine/export/crossCheck.ts";
import { mergedFiles } from "../../src/engine/export/mergedFiles.ts";
import { pythonModelOf } from "../../src/engine/export/pythonModel.ts";
import { type AdapterName, adapters } from "../../src/engine/methods/adapters/index.ts";
import { pairStarts } from "../../src/engine/methods/initialisers/index.ts";
import { TrainingSession } from "../../src/engine/run/session.ts";
import { readSnapshot } from "../../src/engine/run/snapshot.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { writeExperiment } from "../../src/engine/settings/experiment.ts";
import { openNodeGpu } from "../../src/engine/testing/devices.ts";
import { missing } from "../commandLine.ts";
import { diskSources, filesIn, writeFiles } from "../disk.ts";
import { root } from "../program.mjs";

interface RoundtripCase {
  readonly id: string;
  readonly config: RunConfig;
  /** The folder of a model in the place of the one that the settings name. */
  readonly model?: string;
}

const [folder = missing("FOLDER"), ...names] = process.argv.slice(2);
/** A few steps are enough for every factor to have moved; the check is of where it ended, not of how good it is. */
const small = {
  steps: 4,
  shots: "16",
  batchSize: 4,
  validationRows: 8,
  evaluateEvery: 1000,
  calibrationBatches: 1,
} as const satisfies Partial<RunConfig>;
const nano = { ...defaultConfig, ...small, maxTokens: 12, rank: 4, learningRate: 1e-2 };

/** A nano model, which `--model` puts in the place of a bundled one. */
function onNano(name: string): Required<RoundtripCase> {
  const model = path.join(root, "src/engine/model/fixtures/parity", name);
  const writes = name === "gpt2" || name === "llama" || name === "qwen2";
  const task = writes ? "kjv" : name.startsWith("t5") ? "king-james" : "verse-sts";
  return { id: `nano ${name}`, model, config: { ...nano, task, model: task === "verse-sts" ? nano.model : "pd-gpt" } };
}

/** Every method on a nano model. */
function methodsOn(name: string): RoundtripCase[] {
  const { model, config } = onNano(name);
  return Object.entries(adapters).map(([method, { learningRate }]) => ({
    id: `${method} on ${name}`,
    model,
    config: { ...config, method: method as AdapterName, alpha: 6, scaling: "root", learningRate: 10 * learningRate },
  }));
}

/** Experiments on the bundled presets, on the nano models of all families, and by every method on three of them. */
const experiments: readonly RoundtripCase[] = [
  ...presets.map(({ id, config }) => ({ id, config: { ...config, ...small } })),
  ...["bert", "roberta", "distilbert", "gpt2", "llama", "qwen2", "t5", "t5-gated"].map(onNano),
  ...["bert", "gpt2", "t5"].flatMap(methodsOn),
  ...Object.keys(pairStarts).map((start): RoundtripCase => {
    const loraStart = start as RunConfig["loraStart"];
    return { id: `lora ${start}`, config: { ...defaultConfig, ...small, method: "lora", loraStart } };
  }),
];

const device = await openNodeGpu();

/** Trains a case in a process of its own and writes down what the engine makes of it. @returns what the script is told. */
async function written({ id, model, config }: RoundtripCase): Promise<object> {
  if (config.model === "use-lite") return { id, skipped: "transformers has no Universal Sentence Encoder" };
  const at = path.join(folder, id.replaceAll(" ", "-"));
  await writeFiles(at, { "given.json": await writeExperiment(config) });
  const call = [
    ...["tools/run.mjs", "tools/headless/run.ts", path.join(at, "given.json"), "--out", at, "--overwrite"],
    ...(model ? ["--model", model] : []),
  ];
  execFileSync(process.execPath, call, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const files = unzipSync(new Uint8Array(readFileSync(path.join(at, "adapter.zip"))));
  await writeFiles(path.join(at, "adapter"), files);

  const snapshot = await readSnapshot(files["rankscope.safetensors"]!.slice().buffer);
  const sources = model ? { ...diskSources, model: async () => filesIn(model) } : diskSources;
  const session = await TrainingSession.prepare(device, snapshot.config, sources, () => {});
  await session.restore(snapshot.state);
  const { inputs, outputs, mask } = await engineOutputs(device, session, "merged");
  const masked = { shape: inputs.get("input_ids")!.shape, values: mask };
  await writeFiles(at, { "ours.safetensors": writeSafetensors(new Map([...inputs, ...outputs, ["mask", masked]])) });
  const source = await sources.model(snapshot.config.model);
  await writeFiles(path.join(at, "merged"), await mergedFiles(device, session, source));
  const python = pythonModelOf(snapshot.config, session.model.transformer.family);
  session.destroy();
  return { id, at, base: model ?? path.join(root, "public/models", config.model), ...python };
}

const cases: object[] = [];
for (const each of experiments) {
  if (names.length > 0 && !names.includes(each.id)) continue;
  if (each.model === undefined || existsSync(each.model)) cases.push(await written(each));
}
writeFileSync(path.join(folder, "cases.json"), JSON.stringify(cases, undefined, 2));
device.destroy();
