import { ALIGNMENT, aligned, type Binding, type BoundDispatch, type Device, type Memory } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { extentOf, type Storage, sameLayout, type Tensor } from "./tensor.ts";

/** A dispatch whose tensors may still be without memory. */
export interface RecordedDispatch {
  readonly kernel: Kernel;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly params: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Set on a copy that is nothing but a move, from where a result was computed to where it belongs. */
  readonly delivery?: { readonly from: Tensor; readonly to: Tensor };
  /** Set where what is computed is kept in 16 bits for whoever reads it later; see `storedHalves`. */
  readonly halved?: true;
  /** Set on what is to run as soon as all that it reads is there, together with others of the same number. */
  readonly early?: number;
}

/** Memory for transients, handed out again once what was in it is no longer needed. */
export class Workspace {
  readonly #device: Device;
  readonly #blocks: Memory[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  /** The smallest block of `free` that is not wastefully large, or a new one. */
  claim(label: string, length: number, free: Set<Memory>): Memory {
    let best: Memory | undefined;
    for (const block of free) {
      const fits = block.length >= length && block.length <= 4 * aligned(length);
      if (fits && (!best || block.length < best.length)) best = block;
    }
    if (!best) {
      best = this.#device.allocate(label, aligned(length));
      this.#blocks.push(best);
    }
    free.delete(best);
    return best;
  }

  get blocks(): readonly Memory[] {
    return this.#blocks;
  }

  destroy(): void {
    for (const block of this.#blocks.splice(0)) block.destroy();
  }
}

/** Where a storage lies: itself, or inside another one that its results were delivered to. */
interface Place {
  readonly storage: Storage;
  readonly offset: number;
}

/**
 * Gives every transient its memory: results are computed where they are to be delivered, and a block is handed on
 * after the last dispatch that touches it.
 */
export function planMemory(recorded: readonly RecordedDispatch[], workspace: Workspace): BoundDispatch[] {
  const { dispatches, place } = elideDeliveries(recorded);

  const lastUse = new Map<Storage, number>();
  dispatches.forEach(({ tensors }, index) => {
    for (const tensor of Object.values(tensors)) lastUse.set(place(tensor.storage).storage, index);
  });

  const free = new Set(workspace.blocks);
  const blocks = new Map<Storage, Memory>();
  return dispatches.map(({ kernel, tensors, params, flags }, index) => {
    const bindings: Record<string, Binding> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const { storage, offset } = place(tensor.storage);
      let memory = storage.memory ?? blocks.get(storage);
      if (!memory) {
        if (kernel.reads.includes(name) || kernel.updates.includes(name)) {
          throw new EngineError(`${kernel.name} reads ${tensor.name} before anything has written it`);
        }
        memory = workspace.claim(storage.name, storage.length, free);
        blocks.set(storage, memory);
      }
      bindings[name] = { memory, offset: tensor.offset + offset, length: extentOf(tensor) };
    }
    for (const tensor of Object.values(tensors)) {
      const { storage } = place(tensor.storage);
      const block = blocks.get(storage);
      if (block && lastUse.get(storage) === index) free.add(block);
    }
    return { kernel, tensors: bindings, params, flags };
  });
}

/**
 * Leaves out the deliveries whose result can be computed in place: it fills a storage of its own, nothing else reads
 * it, it is laid out like its destination, and computing it there would not bind one buffer for reading and for
 * writing at once, or for writing twice, which WebGPU forbids.
 */
function elideDeliveries(recorded: readonly RecordedDispatch[]): {
  dispatches: readonly RecordedDispatch[];
  place: (storage: Storage) => Place;
} {
  const aliases = new Map<Storage, Place>();
  const place = (storage: Storage): Place => {
    const alias = aliases.get(storage);
    if (!alias) return { storage, offset: 0 };
    const target = place(alias.storage);
    return { storage: target.storage, offset: target.offset + alias.offset };
  };
  const home = (tensor: Tensor): Storage | Memory => {
    const { storage } = place(tensor.storage);
    return storage.memory ?? storage;
  };

  const readers = new Map<Storage, number>();
  const writers = new Map<Storage, RecordedDispatch[]>();
  for (const dispatch of recorded) {
    const { kernel, tensors } = dispatch;
    for (const name of [...kernel.reads, ...kernel.updates]) {
      const { storage } = tensors[name]!;
      readers.set(storage, (readers.get(storage) ?? 0) + 1);
    }
    for (const name of [...kernel.updates, ...kernel.writes]) {
      const { storage } = tensors[name]!;
      writers.set(storage, [...(writers.get(storage) ?? []), dispatch]);
    }
  }

  const elided = new Set<RecordedDispatch>();
  // Last first, so that a part of a whole that has itself moved moves with it.
  for (const dispatch of [...recorded].reverse()) {
    if (!dispatch.delivery) continue;
    const { from, to } = dispatch.delivery;
    const { storage } = from;
    const ownsStorage =
      !storage.memory && !aliases.has(storage) && from.offset === 0 && extentOf(from) === storage.length;
    if (!ownsStorage || readers.get(storage) !== 1 || to.offset % ALIGNMENT !== 0 || !sameLayout(from, to)) continue;
    const destination = home(to);
    const clashes = (writers.get(storage) ?? []).some(({ kernel, tensors }) =>
      [...kernel.reads, ...kernel.updates, ...kernel.writes].some((name) => home(tensors[name]!) === destination),
    );
    if (clashes) continue;
    aliases.set(storage, { storage: to.storage, offset: to.offset });
    elided.add(dispatch);
  }
  return { dispatches: recorded.filter((dispatch) => !elided.has(dispatch)), place };
}
