// @ts-check
// How threads share one phase of a program: it is divided into stretches of its units, and whoever is free takes the next.
// Nobody waits for a thread that has taken none, be it slow to start, asleep or dead.

/** Threads that a processor uses, unless more are asked for. */
export const MOST_THREADS = 8;

/** Words of the control block. Those that change while others look at them have a line of the cache each. */
export const TICKET = 0;
export const DONE = 16;
export const STRETCHES = 32;
export const ENTRY = 33;
export const UNITS = 34;
export const ARGUMENTS = 35;
export const PAGES = 36;
export const FAILED = 37;
export const STOPPED = 38;
export const PRESENT = 39;

/** Where the block's arguments begin, in bytes, and how many there may be: float64 numbers. */
export const ARGUMENTS_AT = 256;
export const MOST_ARGUMENTS = 96;

export const CONTROL_BYTES = ARGUMENTS_AT + 8 * MOST_ARGUMENTS;

/** The lower bits of a ticket count the stretches that nobody has taken yet; the upper ones tell phases apart. */
const LEFT_BITS = 8;
export const MOST_STRETCHES = 2 ** LEFT_BITS - 1;

/**
 * Opens a phase, whose words stand in the block. Nothing may be left of the phase before.
 *
 * @param {Int32Array} control
 * @param {number} stretches
 */
export function openPhase(control, stretches) {
  Atomics.store(control, DONE, 0);
  Atomics.store(control, STRETCHES, stretches);
  Atomics.store(control, TICKET, (((Atomics.load(control, TICKET) >> LEFT_BITS) + 1) << LEFT_BITS) | stretches);
  Atomics.notify(control, TICKET);
}

/**
 * Takes stretches of the phase that is open, until there are none left.
 *
 * @param {Int32Array} control
 * @param {(stretch: number, stretches: number) => void} run must not throw.
 */
export function takePart(control, run) {
  for (;;) {
    const ticket = Atomics.load(control, TICKET);
    const left = ticket & MOST_STRETCHES;
    if (left === 0) return;
    if (Atomics.compareExchange(control, TICKET, ticket, ticket - 1) !== ticket) continue;
    // What is said of the phase stays until this stretch is done.
    const stretches = Atomics.load(control, STRETCHES);
    run(stretches - left, stretches);
    if (Atomics.add(control, DONE, 1) + 1 === stretches) Atomics.notify(control, DONE);
  }
}

/**
 * The first unit of a stretch, which is the first one behind the stretch before.
 *
 * @param {number} units
 * @param {number} stretch
 * @param {number} stretches
 */
export function startOf(units, stretch, stretches) {
  return Math.floor((stretch * units) / stretches);
}

/** Looks before a thread that waits goes to sleep: some microseconds, which is what lies between two phases. */
export const SPINS = 2000;

/**
 * Waits for a phase that has something left.
 *
 * @param {Int32Array} control
 */
export function awaitPhase(control) {
  for (let spin = 0; ; spin++) {
    const ticket = Atomics.load(control, TICKET);
    if ((ticket & MOST_STRETCHES) > 0 || Atomics.load(control, STOPPED)) return;
    if (spin >= SPINS) Atomics.wait(control, TICKET, ticket);
  }
}

/**
 * The functions of a module in an order that is the same in all its instances.
 *
 * @param {WebAssembly.Module} module
 * @returns {string[]}
 */
export function entriesOf(module) {
  return WebAssembly.Module.exports(module).flatMap(({ name, kind }) => (kind === "function" ? [name] : []));
}
