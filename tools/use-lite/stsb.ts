// What use-lite knows of sentence similarity, and what one Deep LoRA run adds: Pearson's correlation with the human
// score on the development split of the STS benchmark (Cer et al., 2017, arXiv:1708.00055), all through the engine.
// Before training the score is the cosine of two sentence vectors; expected 0.783 ± 0.003.
//
//   npm run stsb -- [FOLDER with train.tsv and dev.tsv] [--steps N] [--method M] [--rows N of dev.tsv] [--cpu]
//
// `--method head` trains the output layer alone, which is what the update has to be compared with. `--cpu` runs on the
// processor, which is several times faster than a software GPU.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Sources } from "../../src/engine/data/sources.ts";
import { type MethodName, methods } from "../../src/engine/methods/index.ts";
import { TrainingSession } from "../../src/engine/run/session.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { openNodeGpu, openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { CallError, readFlags } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import { root } from "../program.mjs";

const EXPECTED = 0.783;
const TOLERANCE = 0.003;
const { values, positionals } = readFlags({ steps: "N", method: "M", rows: "N", cpu: "" });
const folder = path.resolve(positionals[0] ?? path.join(root, "../shared/data/stsb"));
const [steps, rows] = [Number(values.steps ?? 0), Number(values.rows ?? 1500)];
const { method: asked = "deep-lora-narrow" } = values;
const names = Object.keys(methods) as MethodName[];
const method = names.find((name) => name === asked);
if (!method) throw new CallError(`there is no method ${asked}; it may be ${names.join(", ")}`);

if (existsSync(path.join(folder, "dev.tsv"))) await measure(method);
else console.log(`skipped: ${folder} holds no dev.tsv`);

async function measure(method: MethodName): Promise<void> {
  spawnSync(process.execPath, [path.join(root, "tools/use-lite/ensure.mjs")], { stdio: "inherit" });
  const device = values.cpu ? openNodeProcessor() : await openNodeGpu();
  // The benchmark's files have the columns of verse-sts.
  const sources: Sources = {
    ...diskSources,
    task: async (file) => readFileSync(path.join(folder, path.basename(file)), "utf8"),
  };
  const config: RunConfig = {
    ...defaultConfig,
    model: "use-lite",
    method,
    initScale: 0.1,
    learningRate: 5e-4,
    headLearningRate: 1e-3,
    shots: steps > 0 ? "1024" : "16",
    maxTokens: 64,
    validationRows: rows,
    steps: Math.max(1, steps),
    schedule: "linear",
    spectrumEvery: 10_000,
  };
  const session = await TrainingSession.prepare(device, config, sources, (doing) => console.log(doing));
  const pearsonNow = async (when: string) => {
    const { pearson = Number.NaN, spearman = Number.NaN } = (await session.evaluate()).values;
    console.log(
      `${when}: Pearson ${pearson.toFixed(4)}, Spearman ${spearman.toFixed(4)} on ${session.summary.validationExamples} pairs`,
    );
    return pearson;
  };
  const before = await pearsonNow("without training");
  if (rows >= 1500 && !(Math.abs(before - EXPECTED) <= TOLERANCE)) process.exitCode = 1;
  if (steps === 0) return;
  for (let step = 0; step < steps; step++) {
    await session.room();
    const { loss } = await session.submitStep().metrics;
    if (step % 10 === 9) console.log(`step ${step + 1}: loss ${loss.toFixed(3)}`);
  }
  const after = await pearsonNow(`after ${steps} steps of ${method}`);
  if (!(after > before)) process.exitCode = 1;
}
