import { DeviceLostError, EngineError } from "../errors.ts";
import { type ElementFormat, packed, unpacked } from "../kernels/formats.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { arrays, type CpuStorage, type Stretch } from "./cpuStorage.ts";
import {
  type AdapterDescription,
  aligned,
  type Binding,
  type BoundDispatch,
  type Memory,
  type Program,
  type Readback,
  type TrainingDevice,
} from "./device.ts";
import { Ledger } from "./ledger.ts";
import { bytesWithin } from "./limits.ts";
import { ARITHMETIC } from "./origin.ts";
import { alone, openThreads, type ThreadPool, type Threads } from "./threads/pool.ts";

/** Of one buffer. Browsers give more to some pages and less to none. */
const LARGEST_BYTES = 2 ** 31;

/** Elements under which a dispatch takes about as long as it takes threads to wake: it is left to one. */
const SHORT = 8192;

/**
 * Runs kernels on the processor: in float64 their references, to check gradients and as the meaning of every program; in
 * float32, to train where there is no GPU, functions of WebAssembly, and references where a kernel has none.
 */
export class CpuDevice implements TrainingDevice {
  readonly kind = "cpu";
  readonly description: AdapterDescription;
  readonly ledger = new Ledger();
  readonly lost: Promise<never>;
  readonly #threads: ThreadPool | undefined;
  readonly #storage: CpuStorage;
  #lose: (loss: unknown) => void = () => {};

  /**
   * @param array what numbers are: float32 in one memory of WebAssembly, or float64 in arrays.
   * @param threads those that compute in float32; how many they are changes no bit.
   */
  constructor(array: Float32ArrayConstructor | Float64ArrayConstructor = Float32Array, threads: Threads = alone) {
    this.#threads = array === Float32Array ? openThreads(threads) : undefined;
    this.#storage = this.#threads?.module.storage ?? arrays;
    const count = this.#threads?.count ?? 1;
    this.description = {
      vendor: "",
      architecture: "",
      description: `processor, ${count > 1 ? `${count} threads` : "one thread"}, arithmetic ${ARITHMETIC}`,
      kind: "cpu",
      subgroups: false,
      shaderF16: false,
      invocations: 1,
      maxBufferSize: LARGEST_BYTES,
      maxStorageBufferBindingSize: LARGEST_BYTES,
      ...(this.#threads && { maxMemory: this.#threads.module.storage.mostBytes }),
    };
    this.lost = new Promise((_, reject) => {
      this.#lose = reject;
    });
    this.lost.catch(() => {});
  }

  /** Whatever the format, a number takes the room of one of this device's; it holds what the format can. */
  allocate(label: string, length: number, format: ElementFormat = "float32"): CpuMemory {
    bytesWithin(this.description, label, length, "float32");
    return new CpuMemory(label, format, this.#storage.allocate(label, aligned(length)), this.ledger);
  }

  write(memory: Memory, offset: number, values: ArrayLike<number>): void {
    const { format } = memory;
    valuesOf(memory).set(format === "float32" ? values : unpacked(packed(values, format), format), offset);
  }

  async read(memory: Memory, offset: number, length: number): Promise<Numbers> {
    return valuesOf(memory).slice(offset, offset + length);
  }

  async compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    this.#threads?.module.reserve(dispatches);
    return new CpuProgram(label, dispatches, this.#storage, this.#threads);
  }

  async settle(): Promise<void> {}

  readback(memory: Memory, offset: number, length: number): Readback {
    return new CpuReadback(memory, offset, length);
  }

  submit(programs: readonly Program[], readbacks: readonly Readback[] = []): Promise<Numbers>[] {
    this.ledger.submissions++;
    try {
      for (const program of programs) (program as CpuProgram).run();
    } catch (error) {
      if (error instanceof DeviceLostError) this.#lose(error);
      throw error;
    }
    return readbacks.map((readback) => {
      const { memory, offset, length } = readback as CpuReadback;
      return this.read(memory, offset, length);
    });
  }

  /**
   * Nothing is ever unfinished, but messages that came while a step was computed get their turn. It is a message itself:
   * browsers hold timers back by four milliseconds, a good part of a step.
   */
  room(): Promise<void> {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    });
  }

  idle(): Promise<void> {
    return this.room();
  }

  destroy(): void {
    this.#threads?.destroy();
  }
}

class CpuMemory implements Memory {
  readonly label: string;
  readonly format: ElementFormat;
  readonly length: number;
  readonly #ledger: Ledger;
  readonly #bytes: number;
  #stretch: Stretch | undefined;

  constructor(label: string, format: ElementFormat, stretch: Stretch, ledger: Ledger) {
    const { length, byteLength } = stretch.values;
    this.label = label;
    this.format = format;
    this.length = length;
    this.#stretch = stretch;
    this.#ledger = ledger;
    this.#bytes = byteLength;
    ledger.allocated(byteLength);
  }

  /** @throws EngineError once it is destroyed. */
  get stretch(): Stretch {
    if (!this.#stretch) throw new EngineError(`${this.label} was used after it was destroyed`);
    return this.#stretch;
  }

  destroy(): void {
    if (!this.#stretch) return;
    this.#ledger.freed(this.#bytes);
    this.#stretch.free();
    this.#stretch = undefined;
  }
}

class CpuReadback implements Readback {
  readonly free = true;
  readonly memory: Memory;
  readonly offset: number;
  readonly length: number;

  constructor(memory: Memory, offset: number, length: number) {
    this.memory = memory;
    this.offset = offset;
    this.length = length;
  }

  destroy(): void {}
}

class CpuProgram implements Program {
  readonly label: string;
  readonly dispatches: number;
  readonly #dispatches: readonly BoundDispatch[];
  readonly #storage: CpuStorage;
  readonly #threads: ThreadPool | undefined;
  readonly #memories: ReadonlySet<Memory>;
  #calls: readonly (() => void)[] = [];
  #version: number | undefined;

  constructor(label: string, dispatches: readonly BoundDispatch[], storage: CpuStorage, threads?: ThreadPool) {
    this.label = label;
    this.dispatches = dispatches.length;
    this.#dispatches = dispatches;
    this.#storage = storage;
    this.#threads = threads;
    this.#memories = new Set(dispatches.flatMap(({ tensors }) => Object.values(tensors).map(({ memory }) => memory)));
  }

  run(): void {
    for (const memory of this.#memories) valuesOf(memory);
    if (this.#version !== this.#storage.version) {
      this.#calls = this.#dispatches.flatMap((dispatch) => callsOf(dispatch, this.#threads));
      this.#version = this.#storage.version;
    }
    for (const call of this.#calls) call();
  }

  destroy(): void {}
}

function callsOf(dispatch: BoundDispatch, threads: ThreadPool | undefined): (() => void)[] {
  const { kernel, tensors, params, flags } = dispatch;
  const eachTensor = <T>(of: (binding: Binding) => T) =>
    Object.fromEntries(Object.entries(tensors).map(([name, binding]) => [name, of(binding)]));
  const calls = threads?.module.callsOf(dispatch, eachTensor(addressOf));
  if (threads && calls) {
    const elements = Object.values(tensors).reduce((sum, { length }) => sum + length, 0);
    const isShort = elements < SHORT;
    return calls.map((call) => () => (isShort ? threads.module.run(call, 0, call.units) : threads.run(call)));
  }
  const views = eachTensor(({ memory, offset, length }) => valuesOf(memory).subarray(offset, offset + length));
  return [() => kernel.reference(views, params, flags)];
}

function addressOf({ memory, offset }: Binding): number {
  return (memory as CpuMemory).stretch.at + 4 * offset;
}

function valuesOf(memory: Memory): Numbers {
  return (memory as CpuMemory).stretch.values;
}
