// Runs inputs one after the other and says which one it is at, so that whoever watches can tell a hang from work.
import { parentPort, workerData } from "node:worker_threads";
import { engineServer } from "../engine.mjs";
import { inputOf, openTargets } from "./targets.mjs";

const { names, seed, seconds, inputs, from, shared } = workerData;
/** Number of the input at hand, and one more each time it changes. */
const progress = new Int32Array(shared);
/** A machine with other things to do is no hang: only time of this thread counts, and only where the clock says so too. */
const MOST_MS = 1000;

const server = await engineServer();
const targets = await openTargets(names);
const load = (path) => server.ssrLoadModule(path);
const { EngineError } = await load("/src/engine/errors.ts");
const { refusalCodes } = await load("/src/engine/checkpoint/refusal.ts");
const modules = new Map();
for (const { name, modules: paths } of targets)
  modules.set(name, Object.assign({}, ...(await Promise.all(paths.map(load)))));

const prototypes = [Object, Array, String, Function, Map, Set, Promise, RegExp, Uint8Array].map(
  ({ prototype }) => prototype,
);
const keys = () => prototypes.map((prototype) => Reflect.ownKeys(prototype).length).join();
const clean = keys();

/** What is wrong with what an input does; undefined where nothing is. @returns also how it ended, for the count. */
async function complaint({ name, file, run }, bytes) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let wrong;
  let ending = "accepted";
  try {
    await run(modules.get(name), bytes);
  } catch (error) {
    ending = error?.code ?? error?.name ?? "?";
    if (!(error instanceof EngineError)) wrong = `${error?.stack ?? error}`;
    else if (error.code !== undefined && !refusalCodes.includes(error.code)) wrong = `unknown code ${error.code}`;
    else if (error.code === undefined) wrong = `no code: ${error.message}`;
    else if (!error.message.includes(file)) wrong = `the message does not name ${file}: ${error.message}`;
    else if (error.message.length > 1000) wrong = `a message of ${error.message.length} characters`;
  }
  if (performance.now() - start > MOST_MS) {
    const { user, system } = process.cpuUsage(cpu);
    if (user + system > 1000 * MOST_MS) wrong ??= `it took ${Math.round((user + system) / 1000)} ms`;
  }
  if (keys() !== clean || "polluted" in {}) wrong ??= "a prototype was changed";
  return { wrong, ending };
}

const counts = new Map(targets.map(({ name }) => [name, new Map()]));
const began = performance.now();
const isOver = (done) => done >= inputs || performance.now() - began > 1000 * seconds;
let index = from;
let told = began;
for (; !isOver(index); index++) {
  Atomics.store(progress, 0, index);
  const { target, bytes } = inputOf(targets, seed, index);
  const { wrong, ending } = await complaint(target, bytes);
  const count = counts.get(target.name);
  count.set(ending, (count.get(ending) ?? 0) + 1);
  if (wrong) parentPort.postMessage({ find: { target: target.name, index, wrong, bytes } });
  if (performance.now() - told > 5000) {
    told = performance.now();
    parentPort.postMessage({ done: index - from, ms: told - began });
  }
}
await server.close();
parentPort.postMessage({ end: { done: index - from, ms: performance.now() - began, counts } });
