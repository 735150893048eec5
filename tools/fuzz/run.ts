// Feeds damaged files to the loaders: no crash, no hang, no changed prototype, no error without a code. See targets/.
//
//   npm run fuzz -- --seconds N [--inputs N] [--seed N] [--from N] [--target NAME]… [--dump DIR]
//
// What breaks this is saved, with the command that repeats it, and makes the exit code 1. `--dump` writes the inputs for
// other programs to look at instead.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { CallError } from "../commandLine.ts";
import { root } from "../program.mjs";
import type { Find, FuzzJob, FuzzMessage } from "./messages.ts";
import { inputOf, openTargets, targetNames } from "./targets.ts";

/** Finds that are shown; of more there is the number alone. */
const MOST_FINDS = 20;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string" },
    inputs: { type: "string" },
    seed: { type: "string" },
    from: { type: "string", default: "0" },
    target: { type: "string", multiple: true, default: [] },
    dump: { type: "string" },
  },
});
const { target: asked = [] } = options;
const from = Number(options.from);
const inputs = Number(options.inputs ?? Number.POSITIVE_INFINITY);
const seconds = Number(options.seconds ?? (options.inputs === undefined ? 60 : Number.POSITIVE_INFINITY));
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 32));
if ([seconds, seed, from, inputs].some((number) => Number.isNaN(number)))
  throw new CallError("--seconds, --inputs, --seed and --from take numbers");
const names = targetNames(asked);
console.log(`seed ${seed}; ${names.join(", ")}`);

if (options.dump) await dump(options.dump);
else fuzz();

async function dump(folder: string): Promise<void> {
  const targets = await openTargets(names);
  mkdirSync(folder, { recursive: true });
  for (let index = from; index < (options.inputs === undefined ? 1000 : inputs); index++) {
    const { target, bytes } = inputOf(targets, seed, index);
    writeFileSync(path.join(folder, `${String(index).padStart(7, "0")}.${target.name}`), bytes);
  }
}

/** Runs inputs in a thread of their own and watches it. */
function fuzz(): void {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  progress[0] = -1;
  const job: FuzzJob = { names, seed, seconds, inputs, from, progress };
  const program = path.join(root, "tools/fuzz/worker.ts");
  const worker = new Worker(path.join(root, "tools/run.mjs"), { argv: [program], workerData: job });
  let finds = 0;
  const report = ({ target, index, wrong, bytes }: Find) => {
    finds++;
    process.exitCode = 1;
    if (finds > MOST_FINDS) return;
    const file = path.join("test-results/fuzz", `${target}-${seed}-${index}`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    const again = `npm run fuzz -- --seed ${seed} --from ${index} --inputs ${index + 1}${asked.map((name) => ` --target ${name}`).join("")}`;
    console.log(`FOUND ${file}\n  ${wrong.split("\n").slice(0, 6).join("\n  ")}\n  again: ${again}`);
  };
  const reportAt = async (index: number, wrong: string) => {
    const { target, bytes } = inputOf(await openTargets(names), seed, index);
    report({ target: target.name, index, bytes, wrong });
  };

  // A thread that does not come back from an input cannot say so itself.
  let [last, since] = [-1, performance.now()];
  const watch = setInterval(() => {
    const index = Atomics.load(progress, 0);
    if (index !== last) [last, since] = [index, performance.now()];
    else if (index >= 0 && performance.now() - since > 20_000) {
      clearInterval(watch);
      void reportAt(index, "it does not end");
      void worker.terminate();
    }
  }, 500);
  const rate = (done: number, ms: number) =>
    `${done.toLocaleString("en")} inputs, ${Math.round(done / (ms / 1000)).toLocaleString("en")} a second`;
  worker.on("message", (message: FuzzMessage) => {
    if (message.type === "find") report(message);
    else if (message.type === "progress") console.log(rate(message.done, message.ms));
    else {
      for (const [name, counts] of message.counts) {
        const sorted = [...counts].sort(([, one], [, other]) => other - one);
        console.log(`${name}: ${sorted.map(([ending, count]) => `${ending} ${count}`).join(", ")}`);
      }
      console.log(`${rate(message.done, message.ms)}; ${finds === 0 ? "nothing found" : `${finds} found`}`);
    }
  });
  worker.on("error", (error: Error) => {
    const index = Atomics.load(progress, 0);
    if (index < 0) throw error;
    void reportAt(index, `a crash: ${error.stack ?? error}`);
  });
  worker.on("exit", () => clearInterval(watch));
}
