// @ts-check
import * as phases from "./phases.mjs";

/** WebAssembly's page, in bytes. */
const PAGE = 65536;

/**
 * What a thread is told when it starts: the module and its memory, and where in it the control block and the thread's
 * own workspace lie.
 *
 * @typedef {object} ThreadTask
 * @property {WebAssembly.Module} module
 * @property {WebAssembly.Memory} memory
 * @property {number} control
 * @property {number} workspace
 */

/**
 * Takes part in every phase until the pool is stopped.
 *
 * @param {ThreadTask} task
 */
export function takePartInAll({ module, memory, control: at, workspace }) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  if (exports.workspace instanceof WebAssembly.Global) exports.workspace.value = workspace;
  const functions = phases.entriesOf(module).map((name) => exports[name]);
  const control = new Int32Array(memory.buffer, at, phases.ARGUMENTS_AT / 4);
  const numbers = new Float64Array(memory.buffer, at + phases.ARGUMENTS_AT, phases.MOST_ARGUMENTS);

  /** @type {number[]} */
  const args = [];

  const run = (/** @type {number} */ stretch, /** @type {number} */ stretches) => {
    try {
      // A memory that another thread lets grow has grown here a little later.
      while (memory.buffer.byteLength < PAGE * Atomics.load(control, phases.PAGES));
      const [units, count] = [Atomics.load(control, phases.UNITS), Atomics.load(control, phases.ARGUMENTS)];
      args.length = count;
      for (let at = 0; at < count; at++) args[at] = numbers[at] ?? 0;
      args[count - 2] = phases.startOf(units, stretch, stretches);
      args[count - 1] = phases.startOf(units, stretch + 1, stretches);
      const entry = functions[Atomics.load(control, phases.ENTRY)];
      if (typeof entry !== "function") throw new TypeError("no function of the module");
      entry.apply(undefined, args);
    } catch {
      Atomics.store(control, phases.FAILED, 1);
    }
  };

  Atomics.add(control, phases.PRESENT, 1);
  while (!Atomics.load(control, phases.STOPPED)) {
    phases.takePart(control, run);
    phases.awaitPhase(control);
  }
}
