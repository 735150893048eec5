// Trains twenty steps of several experiments in the engine and in the Python programs that it writes of them, and
// compares the first gradient of every tensor and the losses; then loads what Python saved with PEFT, and trains the first
// again in two processes.
//
//   PYTHON=python3 node tools/run.mjs tools/check/python_script.ts [FOLDER] [NAME...]
//
// Needs torch, transformers, accelerate, peft and safetensors in that Python; FOLDER keeps scripts and adapters.
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Pooling } from "../../src/engine/checkpoint/config.ts";
import type { CheckpointFiles } from "../../src/engine/checkpoint/files.ts";
import type { Sources } from "../../src/engine/data/sources.ts";
import type { Device } from "../../src/engine/device/device.ts";
import { pythonFiles } from "../../src/engine/export/python/index.ts";
import { TrainingSession } from "../../src/engine/run/session.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { openNodeGpu } from "../../src/engine/testing/devices.ts";
import { diskSources, filesIn, writeFiles } from "../disk.ts";
import { root } from "../program.mjs";

type Settings = Partial<RunConfig>;
type Numbers = Readonly<Record<string, number>>;

/** What either side made of an experiment. */
interface Outcome {
  readonly losses: readonly number[];
  readonly metrics: Numbers;
}

const STEPS = 20;
/** Relative. Both sides sum in float32, and Adam's first steps divide small gradients by their own size. */
const BOUND = 1e-3;
/** Nor may a difference be more than this share of what training did to the validation loss: else nothing would be shown. */
const SHARE = 0.05;

const python = process.env.PYTHON ?? "python3";
const quiet: ExecFileSyncOptionsWithStringEncoding = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
const [folder = mkdtempSync(path.join(tmpdir(), "python-script-")), ...names] = process.argv.slice(2);

const common: Settings = {
  steps: STEPS,
  batchSize: 4,
  maxTokens: 24,
  shots: "64",
  calibrationBatches: 2,
  validationRows: 32,
  evaluateEvery: 1000,
  spectrumEvery: 1000,
};
const kjv: Settings = {
  model: "pd-gpt",
  task: "kjv",
  batchSize: 2,
  shots: "16",
  validationRows: 8,
  learningRate: 1e-2,
};

/** A tiny checkpoint of another family, from the parity fixtures; `poolings` make its sentence vectors. */
const tiny = (family: string, ...poolings: readonly Pooling[]): Settings => ({
  model: `file:${[family, ...poolings].join("_")}~${"0".repeat(16)}`,
  ...{ rank: 4, maxTokens: 16, learningRate: 3e-2 },
});
const partsOf = (model: string) => model.slice(5, -17).split("_") as [family: string, ...poolings: Pooling[]];
const folderOf = (model: string) =>
  model.startsWith("file:") ? `src/engine/model/fixtures/parity/${partsOf(model)[0]}` : `public/models/${model}`;

/** The checkpoint's files, and beside them how sentence vectors are made, where that is told. */
function withPoolings(files: CheckpointFiles, poolings: readonly Pooling[]): CheckpointFiles {
  if (poolings.length === 0) return files;
  const modes = { cls: "cls_token", max: "max_tokens", mean: "mean_tokens", lasttoken: "lasttoken" };
  const told = Object.fromEntries(poolings.map((name) => [`pooling_mode_${modes[name]}`, true]));
  const file = "1_Pooling/config.json";
  const content = new TextEncoder().encode(JSON.stringify(told)).buffer as ArrayBuffer;
  return {
    ...files,
    names: [...files.names, file],
    read: async (name) => (name === file ? content : files.read(name)),
  };
}

/** Verse pairs as custom rows: alike or not, in words, and their first verses with the score alone. */
const verses = readFileSync(path.join(root, "public/tasks/verse-sts/train.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1, 200);
const cells = verses.map((line) => line.split("\t"));
const ownFiles: Readonly<Record<string, string>> = {
  "alike.tsv": `first\tsecond\tverdict\n${cells.map(([a, b, score]) => `${a}\t${b}\t${Number(score) > 2.5 ? "alike" : "other"}`).join("\n")}\n`,
  "scores.jsonl": cells.map(([text, , score]) => JSON.stringify({ text, score: Number(score) })).join("\n"),
};
const ownFile = (name: string) => new TextEncoder().encode(ownFiles[name]);
const sources: Sources = {
  ...diskSources,
  async model(reference) {
    const files = filesIn(path.join(root, folderOf(reference)));
    return reference.startsWith("file:") ? withPoolings(files, partsOf(reference).slice(1) as Pooling[]) : files;
  },
  async data(reference) {
    const [name = ""] = reference.split("~");
    return { name, content: ownFile(name) };
  },
};
const own = (name: string): Settings => {
  const hash = createHash("sha256").update(ownFile(name)).digest("hex");
  return { task: "custom", data: `${name}~${hash.slice(0, 16)}` };
};
const pairs: Settings = { ...own("alike.tsv"), dataFormat: "tsv", dataSecond: 2, dataLabel: 3 };

/** Full fine-tuning, for optimizers of matrices. */
const whole: Settings = { task: "authors", method: "full", weightDecay: 0.1, targets: "all-dense" };

/** Between them every method, optimizer, task, family, pooling and way to place bases. */
const experiments: Readonly<Record<string, Settings>> = {
  "verse-sts compressed": {},
  "verse-sts narrow": { method: "deep-lora-narrow", weightDecay: 0.1 },
  "verse-sts lora": { method: "lora", learningRate: 1e-3, schedule: "cosine", warmupSteps: 3 },
  "verse-sts packed, spectral": {
    pairing: "packed",
    targets: "all-dense",
    bases: "spectral",
    gamma: 0.1,
    accumulationSteps: 4,
  },
  "authors narrow": {
    task: "authors",
    method: "deep-lora-narrow",
    learningRate: 1e-3,
    headLearningRate: 1e-2,
    clipNorm: 0.5,
  },
  "authors lora-paper": { task: "authors", method: "lora-paper", learningRate: 1e-4, head: "frozen" },
  "authors head": { task: "authors", method: "head", learningRate: 1e-2, weightDecay: 1 },
  "kjv narrow": { ...kjv, method: "deep-lora-narrow", depth: 4, initScale: 0.3 },
  "kjv compressed": { ...kjv, targets: "0.qkv,3", schedule: "constant" },
  "kjv full width": { ...kjv, method: "deep-lora-full", learningRate: 2e-4, depth: 2, targets: "query-value" },
  "kjv full": { ...kjv, method: "full", learningRate: 1e-4, weightDecay: 0.1 },
  "authors full, all decays": {
    task: "authors",
    method: "full",
    learningRate: 1e-4,
    weightDecay: 1,
    weightDecayOn: "all",
  },
  "king-james lora": { ...kjv, task: "king-james", method: "lora", learningRate: 3e-3, accumulationSteps: 2 },
  // With the usual seed one text has a byte that this tokenizer does not know between two that it would merge; the two
  // implementations of tokenizer.json do that differently, and no tokenizer of real use lacks bytes.
  "roberta, packed": { ...tiny("roberta"), pairing: "packed", seed: 8 },
  "distilbert, authors": { ...tiny("distilbert"), task: "authors" },
  "llama, kjv": { ...kjv, ...tiny("llama"), task: "kjv" },
  "qwen2, king-james": { ...kjv, ...tiny("qwen2"), task: "king-james", method: "deep-lora-narrow", initScale: 0.3 },
  "t5, king-james": { ...kjv, ...tiny("t5"), task: "king-james" },
  "own pairs, two towers": { ...pairs, method: "deep-lora-narrow", headLearningRate: 1e-2 },
  "own pairs, packed": { ...pairs, pairing: "packed", targets: "all-dense", headLearningRate: 1e-2 },
  "own scores": { ...own("scores.jsonl"), dataFormat: "jsonl", dataKind: "regression", method: "lora" },
  "t5-gated, king-james": { ...kjv, ...tiny("t5-gated"), task: "king-james", method: "lora", learningRate: 1e-2 },
  "verse-sts lora, rs and plus": { method: "lora", learningRate: 1e-3, scaling: "root", loraPlus: 4, weightDecay: 0.1 },
  "verse-sts dora": { method: "dora", learningRate: 1e-3, scaling: "root", weightDecay: 0.1, weightDecayOn: "all" },
  "verse-sts vera": { method: "vera", learningRate: 1e-2, targets: "all-dense", pairing: "packed" },
  "verse-sts miss": { method: "miss", learningRate: 1e-3, rank: 7 },
  "verse-sts hira": { method: "hira", learningRate: 1e-3 },
  "gpt2, kjv dora": { ...kjv, ...tiny("gpt2"), task: "kjv", method: "dora" },
  "gpt2, kjv hira": { ...kjv, ...tiny("gpt2"), task: "kjv", method: "hira" },
  "gpt2, kjv vera": { ...kjv, ...tiny("gpt2"), task: "kjv", method: "vera" },
  "t5, king-james miss": { ...kjv, ...tiny("t5"), task: "king-james", method: "miss" },
  "authors sgd": { task: "authors", method: "lora", optimizer: "sgd", learningRate: 0.05, weightDecay: 0.01 },
  "authors sgd, nesterov": { ...whole, optimizer: "sgd", nesterov: "on", momentum: 0.8, learningRate: 0.01 },
  "authors sgd, plain": { task: "authors", method: "head", optimizer: "sgd", momentum: 0, learningRate: 0.1 },
  "verse-sts muon": { method: "lora", optimizer: "muon", learningRate: 1e-3, weightDecay: 0.1 },
  "verse-sts muon on dora": { method: "dora", optimizer: "muon", nesterov: "on", learningRate: 1e-3 },
  "authors muon": { ...whole, optimizer: "muon", learningRate: 1e-4, muonScale: "spectral", newtonSchulzSteps: 4 },
  "gpt2, kjv muon": { ...kjv, ...tiny("gpt2"), ...whole, task: "kjv", optimizer: "muon", learningRate: 1e-3 },
  "authors galore": { ...whole, optimizer: "galore", learningRate: 1e-3, refreshEvery: 8, projectionRank: 4 },
  "authors galore, random": { ...whole, optimizer: "galore", projector: "random", learningRate: 1e-3, refreshEvery: 8 },
  ...Object.fromEntries(
    ([["cls"], ["max"], ["lasttoken"], ["max", "mean"]] as const).map((poolings) => [
      `pooling ${poolings.join(", ")}`,
      { ...tiny("bert", ...poolings), task: "authors", method: "lora" } satisfies Settings,
    ]),
  ),
};

/** Losses of all steps and the validation before and after them, by the engine. */
async function engineRun(device: Device, config: RunConfig) {
  const session = await TrainingSession.prepare(device, config, sources, () => {});
  const { layers } = session.summary;
  const { transformer, config: own } = session.model;
  const valuesOf = async (part: string): Promise<object> =>
    Object.fromEntries([...(await session.network.named.read(part))].map(([name, { values }]) => [name, [...values]]));
  const start = await valuesOf("start");
  let gradient: object | undefined;
  const { values: before } = await session.evaluate();
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    await session.room();
    losses.push((await session.submitStep().metrics).loss);
    gradient ??= await valuesOf("gradient");
  }
  const { values: metrics } = await session.evaluate();
  const facts = {
    family: transformer.family,
    packsPairs: transformer.pooled !== undefined,
    layers,
    ...(own.pooling && { pooling: own.pooling }),
  };
  const files = await pythonFiles(config, facts, sources);
  session.destroy();
  return { losses, before, metrics, files, start, gradient, layers };
}

/** The same by the script in `at`, in so many processes. */
function pythonRun({ task, model }: RunConfig, at: string, out: string, processes = 1): Outcome {
  const files = ["train", "dev"].map((split) => `public/tasks/${task}/${split}.${task === "kjv" ? "txt" : "tsv"}`);
  // Custom data lies beside the script.
  const data = task === "custom" ? [] : ["--data", ...files];
  // With --cpu the launcher would start one process whatever their number; the variable keeps these two off a GPU.
  const launcher =
    processes > 1 ? ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", `${processes}`] : [];
  const script = [path.join(at, "experiment.py"), "--model", folderOf(model), ...data, "--out", out];
  const env = { ...process.env, ACCELERATE_USE_CPU: "true" };
  const said = execFileSync(python, [...launcher, ...script], { ...quiet, env });
  if (!said.includes(` ${processes} process`)) throw new Error(`there were not ${processes} processes:\n${said}`);
  const rows = readFileSync(path.join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((row): Numbers => JSON.parse(row));
  const last = Object.entries(rows.at(-1) ?? {}).filter(([name]) => name.startsWith("eval/"));
  return {
    losses: rows.flatMap((row) => row["train/loss"] ?? []),
    metrics: Object.fromEntries(last.map(([name, value]) => [name.slice("eval/".length), value])),
  };
}

/** What PEFT makes of what was saved. */
interface Reloaded {
  readonly metrics: Numbers;
  /** How far the script's starting point and first gradient were from the engine's. */
  readonly start: string;
  readonly gradient: number;
}

function reloaded({ task, model }: RunConfig, at: string): Reloaded {
  const script = path.join(root, "tools/check/python_script.py");
  return JSON.parse(execFileSync(python, [script, at, folderOf(model), task], quiet));
}

const relative = (a = Number.NaN, b = Number.NaN) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-9);
const worstLoss = (ours: Outcome, theirs: Outcome) =>
  Math.max(...ours.losses.map((loss, step) => relative(theirs.losses[step], loss)));
const worstMetric = (ours: Pick<Outcome, "metrics">, theirs: Pick<Outcome, "metrics">) =>
  Math.max(...Object.keys(ours.metrics).map((name) => relative(theirs.metrics[name], ours.metrics[name])));

const device = await openNodeGpu();
let failures = 0;
const say = (name: string, what: string, error: number, bound: number) => {
  const agrees = error <= bound;
  if (!agrees) failures++;
  console.log(`${name.padEnd(27)} ${what.padEnd(42)} ${error.toExponential(1)} ${agrees ? "agrees" : "DIFFERS"}`);
};
for (const [name, change] of Object.entries(experiments)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const config: RunConfig = { ...defaultConfig, ...common, ...change };
  const at = path.join(folder, name.replaceAll(/\W+/g, "-"));
  const { files, ...ours } = await engineRun(device, config);
  await writeFiles(at, { ...files, "engine.json": JSON.stringify({ config, ...ours }) });
  const moved = relative(ours.metrics.loss, ours.before.loss);
  const bound = Math.min(BOUND, SHARE * moved);
  console.log(`${name.padEnd(27)} ${"training changes the validation loss by".padEnd(42)} ${moved.toExponential(1)}`);
  const theirs = pythonRun(config, at, path.join(at, "out"));
  say(name, `${STEPS} losses`, worstLoss(ours, theirs), bound);
  say(name, "validation after them", worstMetric(ours, theirs), bound);
  const anew = reloaded(config, at);
  say(name, "first gradient, of the largest in a tensor", anew.gradient, bound);
  say(name, "what it saved, loaded anew by PEFT", worstMetric(theirs, anew), bound);
  if (anew.start) console.log(`${"".padEnd(27)} ${anew.start}`);
  if (name !== Object.keys(experiments)[0]) continue;
  const two = pythonRun(config, at, path.join(at, "two"), 2);
  say(name, "losses of two processes against one", worstLoss(theirs, two), bound);
  say(name, "validation of two processes", worstMetric(theirs, two), bound);
}
console.log(failures === 0 ? "all agree" : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;
device.destroy();
