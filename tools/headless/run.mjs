// Runs an experiment without a browser: the engine of the page, on Dawn in Node. `npm run headless -- --help` lists the flags.
//
// `--check` first holds every kernel and gradient on this device against its reference; receipt.json says what came of
// it, and a check that fails makes the exit code 1. `--tune` first measures which kernels are the fastest on this device
// and runs with those: they go into the experiment.
//
// `--data` is a CSV, TSV, JSONL or TXT file: the one that the experiment is about, or, where it is about a bundled task,
// one that takes the task's place and is read as the link's data settings say, and for the rest as it looks.
//
// Progress goes to standard error; where nobody reads it any more the run goes on. The folder gets metrics.jsonl from the
// first step on, and receipt.json, experiment.json and adapter.zip, or merged.zip after full fine-tuning, at the run's end.
import path from "node:path";
import {
  CallError,
  outliveReaders,
  progressLine,
  readFlags,
  UsageError,
  usageOf,
  whereTyped,
} from "../commandLine.mjs";
import { withEngine } from "../engine.mjs";
import { readAdapter } from "./adapter.mjs";
import { Ending } from "./ending.mjs";
import { readExperiment } from "./experiment.mjs";
import { RunFolder } from "./folder.mjs";
import { givenData, givenExperiment, givenModel, meantAs } from "./given.mjs";
import { saveRun } from "./save.mjs";
import { sentenceOf } from "./words.mjs";

const flags = {
  steps: { value: "N", says: "take so many steps instead of the experiment's" },
  model: { value: "DIR", says: "the folder of the checkpoint that the experiment is about, or of another" },
  data: { value: "FILE", says: "the data that the experiment is about, or that takes its task's place" },
  adapter: { value: "FILE", says: "start from an adapter: a zip, its folder, or a run's rankscope.safetensors" },
  out: { value: "DIR", says: "where the run's files go; rankscope-run if not given" },
  overwrite: { says: "replace the run that is there" },
  check: { says: "first check every kernel and gradient on this device" },
  tune: { says: "first measure which kernels are the fastest here, and use them" },
  cpu: { says: "run on the processor: without a graphics card several times as fast" },
  help: { says: "show this" },
};

const usage = `${usageOf("npm run headless -- '<link or experiment.json>' [flags]", flags)}

A link can be as short as 'v=4&method=lora&rank=4&steps=50&c=hand', with settings by the names that they have in
experiment.json; what it does not name is as usual, and fits model and data. Paths are relative to where you type.

Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed; after setsid it is not heard of) end the run and save it. A signal
sent to npm's process does not reach the run, which goes on: to send signals or to start runs from a script, call it
without npm: node tools/headless/run.mjs '<link>' [flags]

Exit codes: 0 finished; 1 the run failed; 2 the call, the link or a file cannot be used; 3 the run diverged or ended
clearly worse than before training, with its files saved; 130 interrupted.`;

/** What a call asks for, with absolute paths. @throws UsageError. */
function readCall() {
  const { values, positionals } = readFlags(flags);
  if (values.help) return { help: true };
  const folder = whereTyped("headless");
  if (positionals.length !== 1) {
    const given = positionals.map((text) => `"${text.slice(0, 80)}"`).join(", ");
    const meant = positionals.slice(1).flatMap((text) => meantAs(text, folder) ?? []);
    throw new CallError(
      positionals.length === 0
        ? "give a link or an experiment.json"
        : `give one link or one experiment.json, not ${given}; ${[...meant, 'a link stands between quotes, and flags after "npm run headless --"'].join("; ")}`,
    );
  }
  const [experiment] = positionals;
  return {
    ...values,
    out: path.resolve(folder, values.out ?? "rankscope-run"),
    ...(values.model !== undefined && { model: givenModel(values.model, folder) }),
    ...(values.data !== undefined && { data: givenData(values.data, folder) }),
    ...(values.adapter !== undefined && { adapter: path.resolve(folder, values.adapter) }),
    experiment: givenExperiment(experiment, folder) ?? experiment,
  };
}

/** Runs all checks on the trainer's device. @returns their summary. */
async function checkDevice(trainer, tell, load) {
  const { runChecks } = await load("/src/engine/trust/runChecks.ts");
  const { nameOf, summarise } = await load("/src/engine/trust/summary.ts");
  const results = await trainer.borrow((device) =>
    runChecks(device, { report: (result, done, total) => tell(`check ${done} of ${total}: ${nameOf(result)}`) }),
  );
  const summary = summarise(results, new Date());
  for (const { check, error, tolerance, problem } of summary.failures) {
    tell(`FAILED ${check}: ${problem ?? `error ${error.toPrecision(2)}, tolerated are ${tolerance}`}`, true);
  }
  tell(`${summary.count} checks, ${summary.failures.length} failed`, true);
  return summary;
}

/** Measures the kernels of the trainer's device. @returns the fastest, as an experiment names them. */
async function tuneKernels(trainer, tell, load) {
  const { tuneProducts } = await load("/src/engine/tuning/tuneProducts.ts");
  const { ways, standard } = await trainer.borrow((device) =>
    tuneProducts(device, device.description, { report: (doing) => tell(`tuning: ${doing}`) }),
  );
  tell(`the fastest kernels here: ${ways}${ways === standard ? ", which are the standard ones" : ""}`, true);
  return ways === standard ? "standard" : ways;
}

/** What a device is called; of a software GPU also what is faster. */
function inFull(adapter, nameOfDevice) {
  const name = nameOfDevice(adapter);
  return adapter.kind === "software" ? `${name}, a software GPU; the processor is usually faster: --cpu` : name;
}

/** The texts that are longer than a run reads, where there are any. */
function cutInWords({ truncatedTexts, totalTexts }, { maxTokens }) {
  return `${truncatedTexts.toLocaleString("en")} of ${totalTexts.toLocaleString("en")} texts, to train and to validate on, are longer than ${maxTokens} tokens and are cut; maxTokens in the link sets the longest text`;
}

/** Follows a call whose folder is there. @returns the exit code. */
async function run(call, { folder, ending, tell, load }) {
  const shared = await readExperiment(call, load, tell);
  const begun = call.adapter === undefined ? shared : await readAdapter(call, shared, tell, load);
  const { notes, sources, from } = begun;
  let { config } = begun;
  const { fineTuner } = await load("/src/engine/problems/fineTuning.ts");
  const { nameOfDevice } = await load("/src/engine/device/device.ts");
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const { metricsLines } = await load("/src/engine/run/metricsLog.ts");
  const { receiptOf } = await load("/src/engine/run/receipt.ts");
  const { verdictInWords, worseThanBefore } = await load("/src/engine/run/verdict.ts");
  const seen = {
    rows: [],
    lines: [],
    evaluations: [],
    validation: undefined,
    summary: undefined,
    adapter: undefined,
    failure: undefined,
    checks: undefined,
    seconds: undefined,
  };
  let device;

  const trainer = fineTuner(
    async () => {
      device = call.cpu ? new CpuDevice() : await openNodeGpu();
      return device;
    },
    sources,
    (event) => {
      if (seen.summary) seen.lines.push(...metricsLines(event, seen.summary));
      if (seen.rows.length > 0 || event.type === "metrics") folder.log(seen.lines);
      switch (event.type) {
        case "device":
          seen.adapter = event.adapter;
          return tell(`on ${inFull(event.adapter, nameOfDevice)}`, true);
        case "progress":
          return tell(
            `${event.doing}${event.fraction === undefined ? " …" : ` ${Math.round(100 * event.fraction)} %`}`,
          );
        case "ready":
          seen.summary = event.summary;
          if (event.summary.truncatedTexts > 0) tell(cutInWords(event.summary, config), true);
          return tell(`${event.summary.trainableParameters.toLocaleString("en")} numbers train`, true);
        case "metrics": {
          seen.rows.push(...event.rows);
          const { step, loss } = event.rows.at(-1);
          const rate = event.stepsPerSecond;
          const left = Math.ceil((config.steps - step - 1) / rate);
          const pace = rate > 0 ? `, ${rate.toFixed(2)} steps/s, ${left} s left` : "";
          return tell(`step ${step + 1} of ${config.steps}, loss ${loss.toFixed(4)}${pace}`);
        }
        case "evaluation": {
          seen.evaluations.push(event);
          seen.validation = event.values;
          const values = Object.entries(event.values).map(([name, value]) => `${name} ${value.toFixed(4)}`);
          return tell(`step ${event.step}: ${values.join(", ")}`, true);
        }
        case "failed":
          seen.failure = event.failure;
      }
    },
  );

  try {
    if (call.check) seen.checks = await checkDevice(trainer, tell, load);
    if (call.tune) config = { ...config, kernels: await tuneKernels(trainer, tell, load) };
    await trainer.prepare(config, from);
    if (!seen.failure) {
      const start = performance.now();
      ending.savesBy(() => trainer.pause());
      await trainer.train();
      seen.seconds = Number(((performance.now() - start) / 1000).toFixed(3));
    }
    const steps = seen.rows.length;
    const isDiverged = seen.failure?.name === "DivergedError";
    const isCutShort = ending.isAsked && !seen.failure && steps < config.steps;
    if (steps > 0 || isDiverged) {
      folder.log(seen.lines);
      const receipt = await receiptOf({ ...seen, config, sources, runtime: `Node ${process.version}` });
      folder.write("receipt.json", `${JSON.stringify(receipt, undefined, 2)}\n`);
      const saved = await saveRun({ folder, trainer, sources, config, notes, seen }, load);
      const until = isCutShort ? `, interrupted after step ${steps} of ${config.steps}` : "";
      tell(`${call.out}${until}: ${["metrics.jsonl", "receipt.json", ...saved].join(", ")}`, true);
    } else if (isCutShort) tell("Ended before the first step; nothing is left of it", true);
    if (seen.failure) {
      tell(sentenceOf(seen.failure), true);
      return isDiverged ? 3 : 1;
    }
    const verdict = worseThanBefore(seen.evaluations, seen.summary.metrics, seen.summary.validationExamples);
    if (verdict) {
      const more = verdict.isClear
        ? `a smaller learning rate (learningRate, now ${config.learningRate}) or fewer steps may help`
        : `${seen.summary.validationExamples.toLocaleString("en")} validation rows can show that by chance`;
      tell(`${verdictInWords(verdict)}; ${more}`, true);
    }
    if (seen.checks?.failures.length > 0)
      throw new Error(`this device computes wrongly; ${call.out}/receipt.json says what`);
    if (isCutShort) return 130;
    return verdict?.isClear ? 3 : 0;
  } finally {
    device?.destroy();
  }
}

try {
  outliveReaders();
  const call = readCall();
  if (call.help) console.log(usage);
  else
    await withEngine(async (load) => {
      const tell = progressLine();
      const folder = new RunFolder(call.out, call.overwrite);
      const ending = new Ending({ tell, folder });
      try {
        process.exitCode = await run(call, { folder, ending, tell, load });
      } finally {
        folder.close();
      }
    });
} catch (error) {
  console.error(`\n${sentenceOf(error)}${error instanceof CallError ? `\n\n${usage}` : ""}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
