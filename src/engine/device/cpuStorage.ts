import { OutOfMemoryError } from "../errors.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { Heap } from "./heap.ts";
import { megabytes } from "./limits.ts";

/** Zeros of a label's tensor, until they are freed. */
export interface Stretch {
  /** Where it starts in its memory, in bytes; 0 where it is a memory of its own. */
  readonly at: number;
  /** A view of it; it is good until the storage's `version` changes. */
  readonly values: Numbers;
  free(): void;
}

/** Where the tensors of a processor lie. */
export interface CpuStorage {
  /** Another number once views and addresses of before are good for nothing. */
  readonly version: number;
  /** @throws OutOfMemoryError. */
  allocate(label: string, length: number): Stretch;
}

/** Every tensor in an array of its own, in float64. */
export const arrays: CpuStorage = {
  version: 0,
  allocate: (_, length) => ({ at: 0, values: new Float64Array(length), free() {} }),
};

/** WebAssembly's page, in bytes, and how many of them addresses reach. */
const PAGE = 65536;
const MOST_PAGES = 65536;

/** Bytes that all tensors in a memory can have together, where as many as possible are granted. */
export const MOST_BYTES = PAGE * MOST_PAGES;

/** Pages by which a memory grows at least. */
const GROWTH = 16;

/** Bytes behind everything that may be read, for what reads vectors and needs only their first elements. */
const SLACK = 64;

/** A memory of WebAssembly, and the bytes that it may grow to. */
export interface GrantedMemory {
  readonly memory: WebAssembly.Memory;
  readonly mostBytes: number;
}

/** A memory that tensors can lie in. */
export function newMemory(maximum = MOST_PAGES): GrantedMemory {
  return { memory: new WebAssembly.Memory({ initial: 1, maximum }), mostBytes: PAGE * maximum };
}

/** One that threads can share, or nothing where the browser grants none. Its addresses are taken at once, as many as it may have. */
export function newSharedMemory(): GrantedMemory | undefined {
  for (const maximum of [MOST_PAGES, MOST_PAGES / 2, MOST_PAGES / 4]) {
    try {
      const memory = new WebAssembly.Memory({ initial: 1, maximum, shared: true });
      return { memory, mostBytes: PAGE * maximum };
    } catch {
      // There may be room for fewer.
    }
  }
  return undefined;
}

/** Tensors in float32 in one memory of WebAssembly. */
export class WasmStorage implements CpuStorage {
  readonly memory: WebAssembly.Memory;
  readonly mostBytes: number;
  version = 0;
  readonly #heap: Heap;

  /** @param start up to where the memory belongs to others. */
  constructor({ memory, mostBytes }: GrantedMemory, start = 0) {
    this.memory = memory;
    this.mostBytes = mostBytes;
    this.#heap = new Heap(start, (end) => this.#reach(end));
  }

  get pages(): number {
    return this.memory.buffer.byteLength / PAGE;
  }

  allocate(label: string, length: number): Stretch {
    const heap = this.#heap;
    const [used, bytes] = [heap.end, 4 * length];
    let at: number;
    try {
      at = heap.allocate(bytes);
    } catch (error) {
      throw new OutOfMemoryError(
        `the processor's memory has no room for ${label} (${megabytes(bytes)} on top of ${megabytes(used)})`,
        "Close other tabs, choose more accumulation steps, a smaller batch or shorter texts, or switch gradient checkpointing on.",
        { cause: error },
      );
    }
    // What was never handed out is zero.
    if (at < used) new Uint8Array(this.memory.buffer, at, Math.min(bytes, used - at)).fill(0);
    return new WasmStretch(this, at, length, () => heap.free(at, bytes));
  }

  #reach(end: number): void {
    const missing = Math.ceil((end + SLACK - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.max(missing, GROWTH));
    } catch {
      this.memory.grow(missing);
    }
    this.version++;
  }
}

class WasmStretch implements Stretch {
  readonly at: number;
  readonly free: () => void;
  readonly #storage: WasmStorage;
  readonly #length: number;
  #view: { readonly values: Float32Array; readonly version: number } | undefined;

  constructor(storage: WasmStorage, at: number, length: number, free: () => void) {
    this.#storage = storage;
    this.at = at;
    this.#length = length;
    this.free = free;
  }

  get values(): Float32Array {
    const { version, memory } = this.#storage;
    if (this.#view?.version !== version) {
      this.#view = { values: new Float32Array(memory.buffer, this.at, this.#length), version };
    }
    return this.#view.values;
  }
}
