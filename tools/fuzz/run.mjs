// npm run fuzz -- --seconds N [--inputs N] [--seed N] [--target NAME]… [--dump DIR]
// Feeds damaged files to the loaders: no crash, no hang, no changed prototype, no error without a code. See targets/.
// What breaks this is saved, with the command that repeats it, and makes the exit code 1.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { inputOf, openTargets } from "./targets.mjs";

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
const [inputs, from] = [options.inputs, options.from].map((text) => (text === undefined ? undefined : Number(text)));
const seconds = Number(options.seconds ?? (inputs === undefined ? 60 : Number.POSITIVE_INFINITY));
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 32));
if ([seconds, seed, from, inputs ?? 0].some((number) => Number.isNaN(number))) {
  console.error("usage: npm run fuzz -- --seconds N [--inputs N] [--seed N] [--target NAME]… [--dump DIR]");
  process.exit(2);
}
const targets = await openTargets(options.target);
const again = (index) =>
  `npm run fuzz -- --seed ${seed} --from ${index} --inputs ${index + 1}${options.target.map((name) => ` --target ${name}`).join("")}`;
console.log(`seed ${seed}; ${targets.map(({ name }) => name).join(", ")}`);

if (options.dump) dump();
else await fuzz();

/** Writes inputs for other programs to look at. */
function dump() {
  mkdirSync(options.dump, { recursive: true });
  for (let index = from; index < (inputs ?? 1000); index++) {
    const { target, bytes } = inputOf(targets, seed, index);
    writeFileSync(path.join(options.dump, `${String(index).padStart(7, "0")}.${target.name}`), bytes);
  }
}

async function fuzz() {
  const shared = new SharedArrayBuffer(4);
  const progress = new Int32Array(shared);
  progress[0] = -1;
  const worker = new Worker(new URL("worker.mjs", import.meta.url), {
    workerData: { names: options.target, seed, seconds, inputs: inputs ?? Number.POSITIVE_INFINITY, from, shared },
  });
  let finds = 0;
  const report = ({ target, index, wrong, bytes }) => {
    finds++;
    process.exitCode = 1;
    if (finds > 20) return;
    const file = path.join("test-results/fuzz", `${target}-${seed}-${index}`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    console.log(`FOUND ${file}\n  ${wrong.split("\n").slice(0, 6).join("\n  ")}\n  again: ${again(index)}`);
  };

  // A thread that does not come back from an input cannot say so itself.
  let [last, since] = [-1, performance.now()];
  const watch = setInterval(async () => {
    const index = Atomics.load(progress, 0);
    if (index !== last) [last, since] = [index, performance.now()];
    else if (index >= 0 && performance.now() - since > 20_000) {
      clearInterval(watch);
      const { target, bytes } = inputOf(targets, seed, index);
      report({ target: target.name, index, bytes, wrong: "it does not end" });
      await worker.terminate();
    }
  }, 500);
  const rate = (done, ms) =>
    `${done.toLocaleString("en")} inputs, ${Math.round(done / (ms / 1000)).toLocaleString("en")} a second`;
  worker.on("message", ({ find, done, ms, end }) => {
    if (find) report(find);
    else if (end) {
      clearInterval(watch);
      for (const [name, counts] of end.counts) {
        const sorted = [...counts].sort(([, one], [, other]) => other - one);
        console.log(`${name}: ${sorted.map(([ending, count]) => `${ending} ${count}`).join(", ")}`);
      }
      console.log(`${rate(end.done, end.ms)}; ${finds === 0 ? "nothing found" : `${finds} found`}`);
    } else console.log(rate(done, ms));
  });
  worker.on("error", (error) => {
    clearInterval(watch);
    const index = Atomics.load(progress, 0);
    if (index < 0) throw error;
    const { target, bytes } = inputOf(targets, seed, index);
    report({ target: target.name, index, bytes, wrong: `a crash: ${error.stack ?? error}` });
  });
}
