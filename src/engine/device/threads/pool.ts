import { DeviceLostError, KernelError } from "../../errors.ts";
import { newMemory, newSharedMemory } from "../cpuStorage.ts";
import { type Call, SimdModule } from "../simd.ts";
import type { ThreadTask } from "./member.mjs";
import * as phases from "./phases.mjs";

/** Starts a thread that calls `takePartInAll`. @returns what ends it. `onEnd` is called where it ends by itself. */
export type StartThread = (task: ThreadTask, onEnd: () => void) => () => void;

/** How many threads a processor is to use, the one that calls among them, and what starts the others. */
export interface Threads {
  readonly count: number;
  readonly start: StartThread;
  /** Milliseconds without any progress after which a thread that has taken a stretch is given up. */
  readonly patience?: number;
}

/** The thread that calls, and no other. */
export const alone: Threads = { count: 1, start: () => () => {} };

/** The functions of WebAssembly, and threads that run them; one alone where there is no memory that several can share. */
export function openThreads({ count, start, patience = PATIENCE }: Threads): ThreadPool {
  const shared = count > 1 ? newSharedMemory() : undefined;
  return new ThreadPool(new SimdModule(shared ?? newMemory()), shared ? count - 1 : 0, start, patience);
}

/** Stretches of a phase for each thread: one that is held up leaves the rest to the others. */
const STRETCHES_PER_THREAD = 4;

/** A stretch takes milliseconds. */
const PATIENCE = 60_000;

/** Threads that compute phases together with the one that calls `run`. */
export class ThreadPool {
  readonly module: SimdModule;
  readonly #control: Int32Array;
  readonly #numbers: Float64Array;
  readonly #stretches: number;
  readonly #patience: number;
  #ends: (() => void)[];

  /** @param others how many threads to start beside the one that calls. */
  constructor(module: SimdModule, others: number, start: StartThread, patience: number) {
    const { memory } = module.storage;
    const { at } = module.storage.allocate("control of threads", phases.CONTROL_BYTES / 4);
    this.module = module;
    this.#control = new Int32Array(memory.buffer, at, phases.ARGUMENTS_AT / 4);
    this.#numbers = new Float64Array(memory.buffer, at + phases.ARGUMENTS_AT, phases.MOST_ARGUMENTS);
    this.#stretches = Math.min(phases.MOST_STRETCHES, STRETCHES_PER_THREAD * (1 + others));
    this.#patience = patience;
    this.#ends = Array.from({ length: others }, () => {
      const workspace = module.newWorkspace();
      return start({ module: module.compiled, memory, control: at, workspace }, () => this.destroy());
    });
  }

  /** Threads that there are to be, the one that calls among them. */
  get count(): number {
    return 1 + this.#ends.length;
  }

  /**
   * Runs a phase, with whoever is there to help.
   *
   * @throws DeviceLostError where a thread has taken a stretch and does not come back, and KernelError where it fails:
   * nobody knows then what is computed and what is not.
   */
  run(call: Call): void {
    const stretches = Math.min(this.#stretches, call.units);
    const isAlone = this.#ends.length === 0 || Atomics.load(this.#control, phases.PRESENT) === 0;
    if (stretches < 2 || isAlone) {
      this.module.run(call, 0, call.units);
      return;
    }
    const control = this.#control;
    const { args, units } = call;
    this.#numbers.set(args);
    control[phases.ENTRY] = call.index;
    control[phases.UNITS] = units;
    control[phases.ARGUMENTS] = args.length;
    control[phases.PAGES] = this.module.storage.pages;
    phases.openPhase(control, stretches);
    let failure: unknown;
    phases.takePart(control, (stretch) => {
      try {
        const to = phases.startOf(units, stretch + 1, stretches);
        this.module.run(call, phases.startOf(units, stretch, stretches), to);
      } catch (error) {
        failure = error;
      }
    });
    this.#awaitAll(stretches);
    if (failure) throw failure;
    if (Atomics.load(control, phases.FAILED)) {
      this.destroy();
      throw new KernelError(`${call.entry} failed on a thread of the processor`);
    }
  }

  destroy(): void {
    if (this.#ends.length === 0) return;
    Atomics.store(this.#control, phases.STOPPED, 1);
    phases.openPhase(this.#control, 0);
    for (const end of this.#ends.splice(0)) end();
  }

  #awaitAll(stretches: number): void {
    const control = this.#control;
    let [seen, since] = [-1, 0];
    for (let spin = 0; ; spin++) {
      const done = Atomics.load(control, phases.DONE);
      if (done === stretches) return;
      if (spin < phases.SPINS) continue;
      if (done !== seen) [seen, since] = [done, performance.now()];
      if (performance.now() - since > this.#patience) break;
      if (mayWait()) Atomics.wait(control, phases.DONE, done, this.#patience);
    }
    this.destroy();
    throw new DeviceLostError(
      "a thread of the processor has taken work and does not answer",
      "Start the run again; if it happens twice, close other tabs.",
    );
  }
}

/** Whether this thread may sleep, which the one that draws a page must not. */
function mayWait(): boolean {
  waits ??= (() => {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      return true;
    } catch {
      return false;
    }
  })();
  return waits;
}

let waits: boolean | undefined;
