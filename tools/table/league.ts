// Trains one column of the tables of docs/results.md in the engine: every method of the plan with every seed, at the learning
// rate that the table has for it.
//
//   node tools/run.mjs tools/table/league.ts OUT.json [flags]
//
//   --task TASK     verse-sts or authors; verse-sts where nothing is said
//   --shots N       a column of that task's table; 256 where nothing is said
//   --method NAME   one method; all five where nothing is said
//   --seed N        one seed; all five where nothing is said
//   --gpu           on the graphics device, also where it is one in software; on the processor where nothing is said
//   --help          show this
//
// OUT.json gets a run a line with its seconds, and those that cores worked; runs that are there already are not trained
// again. Prints each method's mean and standard deviation beside the table's, which other software has trained.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TrainingSession } from "../../src/engine/run/session.ts";
import { defaultConfig, type RunConfig } from "../../src/engine/settings/config.ts";
import { openNodeGpu, openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { CallError, missing, readFlags, whereTyped } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import { root } from "../program.mjs";
import { plan } from "./plan.ts";

type Method = keyof typeof plan.methods;

/** A run as the files of results have it. */
interface Run {
  readonly task: string;
  readonly shots: number;
  readonly method: string;
  readonly rate: number;
  readonly seed: number;
  readonly loss: number;
  readonly metric: number;
}

/** Seconds, and those that cores have worked meanwhile: fewer where others work too. */
interface Time {
  readonly seconds: number;
  readonly worked: number;
}

const { values, positionals } = readFlags({ task: "TASK", shots: "N", method: "NAME", seed: "N", gpu: "" });
const [file = missing("OUT.json")] = positionals;
const out = path.resolve(whereTyped("node"), file);
/** One of what the plan has, or all. */
function chosen<T extends string | number>(flag: string, given: string | undefined, all: readonly T[]): readonly T[] {
  const found = all.filter((each) => given === undefined || String(each) === given);
  if (found.length === 0) throw new CallError(`${flag} must be one of ${all.join(", ")}`);
  return found;
}
const task = chosen("--task", values.task ?? "verse-sts", plan.tasks)[0]!;
const shots = chosen<number>("--shots", values.shots ?? "256", plan.shots[task])[0]!;
const methods = chosen("--method", values.method, Object.keys(plan.methods) as Method[]);
const seeds = chosen<number>("--seed", values.seed, plan.seeds);

const { runs: table } = JSON.parse(readFileSync(path.join(root, `tools/table/${task}.json`), "utf8")) as {
  runs: Run[];
};
const done: (Run & Time)[] = existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : [];
const inColumn = (method: string) => (run: Run) => run.task === task && run.shots === shots && run.method === method;
const device = values.gpu ? await openNodeGpu() : openNodeProcessor();

/** Milliseconds as seconds. */
const rounded = (milliseconds: number) => Math.round(milliseconds / 100) / 10;

/** Trains one run to its end, and validates it. */
async function trained(method: Method, seed: number, learningRate: number): Promise<(typeof done)[number]> {
  const [start, worked] = [performance.now(), process.cpuUsage()];
  const { settings } = plan.methods[method];
  const head = method === "head" ? learningRate : plan.headLearningRates[task];
  const config: RunConfig = {
    ...{ ...defaultConfig, ...plan.common, ...settings, task, method, seed, learningRate, headLearningRate: head },
    shots: String(shots) as RunConfig["shots"],
    spectrumEvery: 10_000,
  };
  const session = await TrainingSession.prepare(device, config, diskSources, () => {});
  let last = Promise.resolve({ loss: Number.NaN });
  for (let step = 0; step < config.steps; step++) {
    await session.room();
    last = session.submitStep().metrics;
  }
  const { loss } = await last;
  const { values } = await session.evaluate();
  session.destroy();
  const metric = values[session.summary.metrics[0]!.id]!;
  const { user, system } = process.cpuUsage(worked);
  const time = { seconds: rounded(performance.now() - start), worked: rounded((user + system) / 1000) };
  return { task, shots, method, rate: learningRate, seed, loss, metric, ...time };
}

for (const seed of seeds) {
  for (const method of methods) {
    if (done.some((run) => inColumn(method)(run) && run.seed === seed)) continue;
    const { rate } = table.find(inColumn(method))!;
    const run = await trained(method, seed, rate);
    done.push(run);
    writeFileSync(out, `[\n${done.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
    console.error(JSON.stringify(run));
  }
}
device.destroy();

const words = (runs: readonly Run[]) => {
  const metrics = runs.map(({ metric }) => metric);
  const mean = metrics.reduce((a, b) => a + b, 0) / metrics.length;
  const deviation = Math.sqrt(metrics.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (metrics.length - 1));
  return `${mean.toFixed(3)}${metrics.length > 1 ? ` ± ${deviation.toFixed(3)}` : ""} (${metrics.length})`;
};
const timeOf = (runs: readonly Time[], share: number) => {
  const sum = (key: keyof Time) => share * runs.reduce((all, run) => all + run[key], 0);
  return `${sum("seconds").toFixed(0)} s (cores worked ${sum("worked").toFixed(0)} s)`;
};
for (const method of methods) {
  const own = done.filter(inColumn(method));
  const theirs = words(table.filter(inColumn(method)));
  console.log(
    `${method.padEnd(22)}${words(own).padEnd(22)}table ${theirs.padEnd(22)}${timeOf(own, 1 / own.length)} a run`,
  );
}
const column = done.filter((run) => run.task === task && run.shots === shots);
console.log(`${column.length} runs of ${plan.common.steps} steps: ${timeOf(column, 1)}`);
