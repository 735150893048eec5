// Trains twenty steps of several experiments in the engine and in the Python programs that it writes of them, and
// compares the losses; then loads what Python saved with PEFT, and trains the first again in two processes.
//
//   PYTHON=python3 node tools/check/python_script.mjs [FOLDER] [NAME...]
//
// Needs torch, transformers, accelerate, peft and safetensors in that Python; FOLDER keeps scripts and adapters.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { diskSources, root, withEngine } from "../engine.mjs";

const STEPS = 20;
/** Relative. Both sides sum in float32, and Adam's first steps divide small gradients by their own size. */
const LOSS_BOUND = 1e-3;
/** Relative: the same weights and rows, once more in float32. */
const METRIC_BOUND = 1e-3;

const python = process.env.PYTHON ?? "python3";
const [folder = mkdtempSync(path.join(tmpdir(), "python-script-")), ...names] = process.argv.slice(2);

const common = {
  steps: STEPS,
  batchSize: 4,
  maxTokens: 24,
  shots: "64",
  calibrationBatches: 2,
  validationRows: 32,
  evaluateEvery: 1000,
  spectrumEvery: 1000,
};
const kjv = { model: "pd-gpt", task: "kjv", batchSize: 2, shots: "16", validationRows: 8, learningRate: 1e-3 };

/** Between them every method, task and way to place bases, and every setting of the optimizer. */
const experiments = {
  "verse-sts compressed": {},
  "verse-sts narrow": { method: "deep-lora-narrow", weightDecay: 0.1 },
  "verse-sts lora": { method: "lora", learningRate: 1e-3, schedule: "cosine", warmupSteps: 3 },
  "verse-sts packed, spectral": { pairing: "packed", targets: "all-dense", bases: "spectral", gamma: 0.1 },
  "authors narrow": {
    task: "authors",
    method: "deep-lora-narrow",
    learningRate: 1e-3,
    headLearningRate: 1e-2,
    clipNorm: 0.5,
  },
  "authors lora-paper": { task: "authors", method: "lora-paper", learningRate: 1e-4, head: "frozen" },
  "authors head": { task: "authors", method: "head", learningRate: 1e-2 },
  "kjv narrow": { ...kjv, method: "deep-lora-narrow", depth: 4 },
  "kjv compressed": { ...kjv, targets: "0.qkv,3", schedule: "constant" },
  "kjv full width": { ...kjv, method: "deep-lora-full", learningRate: 2e-4, depth: 2, targets: "query-value" },
  "kjv full": { ...kjv, method: "full", learningRate: 1e-4 },
};

/** Losses of all steps and the last validation, by the engine. */
async function engineRun(load, device, config) {
  const { TrainingSession } = await load("/src/engine/train/session.ts");
  const { writePythonScript } = await load("/src/engine/export/python/index.ts");
  const { loadModel } = await load("/src/engine/model/loadModel.ts");
  const { transformer } = await loadModel(await diskSources.model(config.model));
  const session = await TrainingSession.prepare(device, config, diskSources, () => {});
  const { layers } = session.summary;
  const start = await session.startingParameters();
  const losses = [];
  for (let step = 0; step < STEPS; step++) {
    await session.room();
    losses.push((await session.submitStep().metrics).loss);
  }
  const { values } = await session.evaluate();
  const script = writePythonScript(config, {
    family: transformer.family,
    packsPairs: transformer.pooled !== undefined,
    layers,
  });
  session.destroy();
  return { losses, metrics: values, script, start, layers };
}

/** The same by the script in `at`, through `launcher`. */
function pythonRun(launcher, { task, model }, at, out) {
  const files = ["train", "dev"].map((split) => `public/tasks/${task}/${split}.${task === "kjv" ? "txt" : "tsv"}`);
  const args = [
    ...launcher,
    path.join(at, "experiment.py"),
    "--model",
    `public/models/${model}`,
    "--data",
    ...files,
    "--out",
    out,
  ];
  execFileSync(python, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ACCELERATE_USE_CPU: "true" },
  });
  const rows = readFileSync(path.join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
  const last = Object.entries(rows.at(-1)).filter(([name]) => name.startsWith("eval/"));
  return {
    losses: rows.flatMap((row) => row["train/loss"] ?? []),
    metrics: Object.fromEntries(last.map(([name, value]) => [name.slice("eval/".length), value])),
  };
}

const relative = (a, b) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-9);
const worstLoss = (ours, theirs) => Math.max(...ours.map((loss, step) => relative(theirs[step] ?? NaN, loss)));
const worstMetric = (ours, theirs) =>
  Math.max(...Object.keys(ours).map((name) => relative(theirs[name] ?? NaN, ours[name])));

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/train/config.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = await openNodeGpu();
  let failures = 0;
  const say = (name, what, error, bound) => {
    const agrees = error <= bound;
    if (!agrees) failures++;
    console.log(`${name.padEnd(27)} ${what.padEnd(44)} ${error.toExponential(1)} ${agrees ? "agrees" : "DIFFERS"}`);
  };
  for (const [name, change] of Object.entries(experiments)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const config = { ...defaultConfig, ...common, ...change };
    const at = path.join(folder, name.replaceAll(/\W+/g, "-"));
    mkdirSync(at, { recursive: true });
    const ours = await engineRun(load, device, config);
    writeFileSync(path.join(at, "experiment.py"), ours.script);
    writeFileSync(path.join(at, "engine.json"), JSON.stringify({ config, ...ours }));
    const theirs = pythonRun([], config, at, path.join(at, "out"));
    say(name, `${STEPS} losses, relative`, worstLoss(ours.losses, theirs.losses), LOSS_BOUND);
    say(name, "validation after them", worstMetric(ours.metrics, theirs.metrics), METRIC_BOUND);
    const reloaded = execFileSync(
      python,
      [path.join(root, "tools/check/python_script.py"), at, `public/models/${config.model}`, config.task],
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    say(name, "what was saved, loaded anew (PEFT)", worstMetric(theirs.metrics, JSON.parse(reloaded)), METRIC_BOUND);
    if (name !== Object.keys(experiments)[0]) continue;
    const two = pythonRun(
      ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"],
      config,
      at,
      path.join(at, "two"),
    );
    say(name, "losses of two processes against one", worstLoss(theirs.losses, two.losses), LOSS_BOUND);
    say(name, "validation of two processes", worstMetric(theirs.metrics, two.metrics), METRIC_BOUND);
  }
  console.log(failures === 0 ? "all agree" : `${failures} differ`);
  process.exitCode = failures === 0 ? 0 : 1;
});
