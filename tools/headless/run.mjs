// Runs an experiment without a browser: the engine of the page, on Dawn in Node.
//
//   npm run headless -- '<link, or path of an experiment.json>' [--steps N] [--model DIR] [--data FILE] [--out DIR] [--check] [--tune] [--cpu]
//
// `--check` first holds every kernel and gradient on this device against its reference; receipt.json says what came of
// it, and a check that fails makes the exit code 1.
//
// `--tune` first measures which kernels are the fastest on this device and runs with those: they go into the experiment.
//
// `--cpu` runs on the processor, in one thread, as the page does where there is no WebGPU.
//
// --model is the folder of a checkpoint. --data is a CSV, TSV, JSONL or TXT file: the one that the experiment is about, or,
// where it is about a bundled task, one that takes the task's place and is read as it looks.
// Progress goes to standard error. The folder gets metrics.jsonl while the run goes on, and receipt.json, experiment.json
// and adapter.zip at its end or when Ctrl-C ends it; full fine-tuning leaves merged.zip instead. Exit codes: 0 finished, 1 the run failed, 2 the call or the link cannot be used, 130 interrupted
// and saved.
import { mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { withEngine } from "../engine.mjs";
import { readExperiment, UsageError } from "./experiment.mjs";
import { saveRun } from "./save.mjs";

const usage =
  "npm run headless -- '<link or experiment.json>' [--steps N] [--model DIR] [--data FILE] [--out DIR] [--check] [--tune] [--cpu]";

/** What a call asks for. @throws UsageError. */
function readCall() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        steps: { type: "string" },
        model: { type: "string" },
        data: { type: "string" },
        out: { type: "string", default: "rankscope-run" },
        check: { type: "boolean", default: false },
        tune: { type: "boolean", default: false },
        cpu: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (positionals.length !== 1) throw new UsageError("give one link or one experiment.json");
  return { ...values, experiment: positionals[0] };
}

/** Shows one line that is written over while the run goes on, and plain lines where there is no terminal. */
function progressLine() {
  const { stderr } = process;
  let last = "";
  return (text, isDone = false) => {
    if (text === last && !isDone) return;
    last = text;
    if (stderr.isTTY) stderr.write(`\r\x1b[2K${text}${isDone ? "\n" : ""}`);
    else if (isDone) stderr.write(`${text}\n`);
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

async function run(call, load) {
  const tell = progressLine();
  const { config: given, notes, sources } = await readExperiment(call, load, tell);
  let config = given;
  const { Trainer } = await load("/src/engine/train/trainer.ts");
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const { metricsLines } = await load("/src/engine/train/metricsLog.ts");
  const { receiptOf } = await load("/src/engine/train/receipt.ts");
  mkdirSync(call.out, { recursive: true });
  const log = openSync(path.join(call.out, "metrics.jsonl"), "w");
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
      if (seen.summary)
        for (const line of metricsLines(event, seen.summary)) {
          seen.lines.push(line);
          writeSync(log, `${JSON.stringify(line)}\n`);
        }
      switch (event.type) {
        case "device":
          seen.adapter = event.adapter;
          return tell(
            `on ${[event.adapter.vendor, event.adapter.architecture || event.adapter.description].filter(Boolean).join(" ")}`,
            true,
          );
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
          const left = rate > 0 ? `, ${Math.ceil((config.steps - step - 1) / rate)} s left` : "";
          return tell(
            `step ${step + 1} of ${config.steps}, loss ${loss.toFixed(4)}, ${rate.toFixed(2)} steps/s${left}`,
          );
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

  let interrupted = false;
  process.on("SIGINT", () => {
    // The second one does not wait for the step that is on.
    if (interrupted) process.exit(130);
    interrupted = true;
    tell("Interrupted; saving what there is", true);
    trainer.pause();
  });
  if (call.check) seen.checks = await checkDevice(trainer, tell, load);
  if (call.tune) config = { ...config, kernels: await tuneKernels(trainer, tell, load) };
  await trainer.prepare(config);
  if (!seen.failure && !interrupted) await trainer.train();

  if (seen.summary && seen.rows.length > 0) {
    const receipt = await receiptOf({
      ...seen,
      config,
      sources,
      runtime: `Node ${process.version}`,
    });
    writeFileSync(path.join(call.out, "receipt.json"), `${JSON.stringify(receipt, undefined, 2)}\n`);
    const saved = seen.failure ? [] : await saveRun({ out: call.out, trainer, sources, notes, seen }, load);
    tell(`${call.out}: ${["metrics.jsonl", "receipt.json", ...saved].join(", ")}`, true);
  }
  device?.destroy();
  if (seen.failure) {
    const { message, hint } = seen.failure;
    throw new Error(hint ? `${message}. ${hint}` : message);
  }
  if (seen.checks?.failures.length > 0)
    throw new Error(`this device computes wrongly; ${call.out}/receipt.json says what`);
  return interrupted ? 130 : 0;
}

try {
  const call = readCall();
  if (call.help) console.log(usage);
  else
    await withEngine(async (load) => {
      process.exitCode = await run(call, load);
    });
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(`\n${error.message}${isUsage ? `\n\n  ${usage}` : ""}`);
  process.exitCode = isUsage ? 2 : 1;
}
