// Runs inputs one after the other and says which one it is at, so that whoever watches can tell a hang from work.
import { parentPort, workerData } from "node:worker_threads";
import { RefusedFileError } from "../../src/engine/checkpoint/refusal.ts";
import { EngineError } from "../../src/engine/errors.ts";
import type { FuzzJob, FuzzMessage } from "./messages.ts";
import { inputOf, type NamedTarget, openTargets } from "./targets.ts";

const { names, seed, seconds, inputs, from, progress }: FuzzJob = workerData;
/** A machine with other things to do is no hang: only time of this thread counts, and only where the clock says so too. */
const MOST_MS = 1000;

const targets = await openTargets(names);
const say = (message: FuzzMessage) => parentPort?.postMessage(message);

const prototypes: readonly object[] = [Object, Array, String, Function, Map, Set, Promise, RegExp, Uint8Array].map(
  ({ prototype }) => prototype,
);
const keys = () => prototypes.map((prototype) => Reflect.ownKeys(prototype).length).join();
const clean = keys();

/** What is wrong with what an input does, where something is, and how it ended, for the count. */
async function outcomeOf({ file, run }: NamedTarget, bytes: Uint8Array<ArrayBuffer>) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let wrong: string | undefined;
  let ending = "accepted";
  try {
    await run(bytes);
  } catch (error) {
    ending = error instanceof RefusedFileError ? error.code : error instanceof Error ? error.name : "?";
    if (error instanceof RefusedFileError) {
      const { message } = error;
      if (!message.includes(file)) wrong = `the message does not name ${file}: ${message}`;
      else if (message.length > 1000) wrong = `a message of ${message.length} characters`;
    } else if (error instanceof EngineError) wrong = `no code: ${error.message}`;
    else wrong = error instanceof Error ? `${error.stack}` : String(error);
  }
  if (performance.now() - start > MOST_MS) {
    const { user, system } = process.cpuUsage(cpu);
    if (user + system > 1000 * MOST_MS) wrong ??= `it took ${Math.round((user + system) / 1000)} ms`;
  }
  if (keys() !== clean || "polluted" in {}) wrong ??= "a prototype was changed";
  return { wrong, ending };
}

const counts = new Map(targets.map(({ name }) => [name, new Map<string, number>()]));
const began = performance.now();
const isOver = (done: number) => done >= inputs || performance.now() - began > 1000 * seconds;
let index = from;
let told = began;
for (; !isOver(index); index++) {
  Atomics.store(progress, 0, index);
  const { target, bytes } = inputOf(targets, seed, index);
  const { wrong, ending } = await outcomeOf(target, bytes);
  const count = counts.get(target.name)!;
  count.set(ending, (count.get(ending) ?? 0) + 1);
  if (wrong) say({ type: "find", target: target.name, index, wrong, bytes });
  if (performance.now() - told > 5000) {
    told = performance.now();
    say({ type: "progress", done: index - from, ms: told - began });
  }
}
say({ type: "end", done: index - from, ms: performance.now() - began, counts });
