// What use-lite knows of sentence similarity, and what one Deep LoRA run adds: Pearson's correlation with the human
// score on the development split of the STS benchmark (Cer et al., 2017, arXiv:1708.00055), all through the engine.
// Before training the score is the cosine of two sentence vectors; expected 0.783 ± 0.003.
//
//   node tools/use-lite/stsb.mjs [FOLDER with train.tsv and dev.tsv] [--steps N] [--method M] [--rows N of dev.tsv] [--cpu]
//
// `--method head` trains the output layer alone, which is what the update has to be compared with. `--cpu` runs on the
// processor, which is several times faster than a software GPU.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { diskSources, root, withEngine } from "../engine.mjs";

const [EXPECTED, TOLERANCE] = [0.783, 0.003];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "0" },
    method: { type: "string", default: "deep-lora-narrow" },
    rows: { type: "string", default: "1500" },
    cpu: { type: "boolean", default: false },
  },
});
const folder = path.resolve(positionals[0] ?? path.join(root, "../shared/data/stsb"));
const [steps, rows] = [Number(values.steps), Number(values.rows)];

if (existsSync(path.join(folder, "dev.tsv"))) await withEngine(measure);
else console.log(`skipped: ${folder} holds no dev.tsv`);

async function measure(load) {
  spawnSync(process.execPath, [path.join(root, "tools/use-lite/ensure.mjs")], { stdio: "inherit" });
  const { defaultConfig } = await load("/src/engine/settings/config.ts");
  const { TrainingSession } = await load("/src/engine/run/session.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const device = values.cpu ? new CpuDevice() : await openNodeGpu();
  // The benchmark's files have the columns of verse-sts.
  const sources = {
    ...diskSources,
    task: async (file) => readFileSync(path.join(folder, path.basename(file)), "utf8"),
  };
  const config = {
    ...defaultConfig,
    model: "use-lite",
    method: values.method,
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
  const report = (when, { pearson, spearman }) => {
    console.log(
      `${when}: Pearson ${pearson.toFixed(4)}, Spearman ${spearman.toFixed(4)} on ${session.summary.validationExamples} pairs`,
    );
    return pearson;
  };
  const before = report("without training", (await session.evaluate()).values);
  if (rows >= 1500 && Math.abs(before - EXPECTED) > TOLERANCE) process.exitCode = 1;
  if (steps === 0) return;
  for (let step = 0; step < steps; step++) {
    await session.room();
    const { loss } = await session.submitStep().metrics;
    if (step % 10 === 9) console.log(`step ${step + 1}: loss ${loss.toFixed(3)}`);
  }
  const after = report(`after ${steps} steps of ${values.method}`, (await session.evaluate()).values);
  if (after <= before) process.exitCode = 1;
}
