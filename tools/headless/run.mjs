// Runs an experiment without a browser: the engine of the page, on Dawn in Node. `npm run headless -- --help` lists the flags.
//
// `--check` first holds every kernel and gradient on this device against its reference; receipt.json says what came of
// it, and a check that fails makes the exit code 1. `--tune` first measures which kernels are the fastest on this device
// and runs with those: they go into the experiment.
//
// `--data` is a CSV, TSV, JSONL or TXT file: the one that the experiment is about, or, where it is about a bundled task,
// one that takes the task's place and is read as it looks.
//
// Progress goes to standard error. The folder gets metrics.jsonl from the first step on, and receipt.json, experiment.json
// and adapter.zip at the run's end or when Ctrl-C or SIGTERM ends it; full fine-tuning leaves merged.zip instead. Exit
// codes: 0 finished, 1 the run failed, 2 the call or the link cannot be used, 130 interrupted.
import { CallError, progressLine, readFlags, UsageError, usageOf } from "../commandLine.mjs";
import { withEngine } from "../engine.mjs";
import { readAdapter } from "./adapter.mjs";
import { readExperiment } from "./experiment.mjs";
import { RunFolder } from "./folder.mjs";
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

A link can be as short as 'v=1&method=lora&rank=4&learningRate=0.001&steps=50', with settings by the names that they have in experiment.json.`;

/** Milliseconds within which two interruptions are one. */
const ONE_INTERRUPTION = 500;

/** What a call asks for. @throws CallError. */
function readCall() {
  const { values, positionals } = readFlags(flags);
  if (values.help) return { help: true };
  if (positionals.length !== 1) {
    const given = positionals.map((text) => `"${text.slice(0, 80)}"`).join(", ");
    throw new CallError(
      positionals.length === 0
        ? "give a link or an experiment.json"
        : `give one link or one experiment.json, not ${given}; a link stands between quotes, and flags after "npm run headless --"`,
    );
  }
  return { out: "rankscope-run", ...values, experiment: positionals[0] };
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

async function run(call, load) {
  const tell = progressLine();
  const shared = await readExperiment(call, load, tell);
  const begun = call.adapter === undefined ? shared : await readAdapter(call, shared, tell, load);
  const { notes, sources, from } = begun;
  let { config } = begun;
  const { Trainer } = await load("/src/engine/train/trainer.ts");
  const { nameOfDevice } = await load("/src/engine/device/device.ts");
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const { metricsLines } = await load("/src/engine/train/metricsLog.ts");
  const { receiptOf } = await load("/src/engine/train/receipt.ts");
  const folder = new RunFolder(call.out, call.overwrite);
  const seen = {
    rows: [],
    lines: [],
    validation: undefined,
    summary: undefined,
    adapter: undefined,
    failure: undefined,
    checks: undefined,
  };
  let device;

  const trainer = new Trainer(
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
          seen.validation = event.values;
          const values = Object.entries(event.values).map(([name, value]) => `${name} ${value.toFixed(4)}`);
          return tell(`step ${event.step}: ${values.join(", ")}`, true);
        }
        case "failed":
          seen.failure = event.failure;
      }
    },
  );

  let isTraining = false;
  let interruptedAt;
  const interrupt = () => {
    const now = performance.now();
    // A terminal sends Ctrl-C to this process and to those above, which pass it on: it is one all the same.
    if (now - interruptedAt < ONE_INTERRUPTION) return;
    if (isTraining && interruptedAt === undefined) {
      interruptedAt = now;
      tell("Interrupted; saving what there is after this step. Ctrl-C again ends without", true);
      trainer.pause();
      return;
    }
    const steps = seen.rows.length;
    tell(
      steps > 0
        ? `Ended without saving: ${call.out} has the metrics up to step ${steps} and nothing else that is sure to be whole`
        : "Ended before the first step; nothing is left of it",
      true,
    );
    folder.close();
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, interrupt);

  try {
    if (call.check) seen.checks = await checkDevice(trainer, tell, load);
    if (call.tune) config = { ...config, kernels: await tuneKernels(trainer, tell, load) };
    await trainer.prepare(config, from);
    if (!seen.failure) {
      isTraining = true;
      await trainer.train();
    }
    if (seen.rows.length > 0) {
      const receipt = await receiptOf({ ...seen, config, sources, runtime: `Node ${process.version}` });
      folder.write("receipt.json", `${JSON.stringify(receipt, undefined, 2)}\n`);
      const saved = seen.failure ? [] : await saveRun({ folder, trainer, sources, notes, seen }, load);
      const until =
        interruptedAt === undefined ? "" : `, interrupted after step ${seen.rows.length} of ${config.steps}`;
      tell(`${call.out}${until}: ${["metrics.jsonl", "receipt.json", ...saved].join(", ")}`, true);
    }
  } finally {
    folder.close();
    device?.destroy();
  }
  if (seen.failure) throw Object.assign(new Error(seen.failure.message), { hint: seen.failure.hint });
  if (seen.checks?.failures.length > 0)
    throw new Error(`this device computes wrongly; ${call.out}/receipt.json says what`);
  return interruptedAt === undefined ? 0 : 130;
}

try {
  const call = readCall();
  if (call.help) console.log(usage);
  else
    await withEngine(async (load) => {
      process.exitCode = await run(call, load);
    });
} catch (error) {
  console.error(`\n${sentenceOf(error)}${error instanceof CallError ? `\n\n${usage}` : ""}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
