import { ALIGNMENT, type Binding, type BoundDispatch, type Device, type Memory } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { type Need, packed } from "./packing.ts";
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

  get blocks(): readonly Memory[] {
    return this.#blocks;
  }

  /** Memory for transients, see `packed`. */
  share({ needs, together }: Transients): Map<Storage, Binding> {
    const { slots, lengths } = packed(needs, together, this.#lengths);
    for (const [{ name }, { block }] of slots)
      if (block === this.#blocks.length) this.#blocks.push(this.#device.allocate(name, lengths[block]!));
    return new Map(
      [...slots].map(([storage, { block, offset }]) => {
        return [storage, { memory: this.#blocks[block]!, offset, length: storage.length }];
      }),
    );
  }

  /** Elements of all blocks once transients have theirs. */
  lengthWith({ needs, together }: Transients): number {
    return packed(needs, together, this.#lengths).lengths.reduce((sum, length) => sum + length, 0);
  }

  get #lengths(): number[] {
    return this.#blocks.map(({ length }) => length);
  }

  destroy(): void {
    for (const block of this.#blocks.splice(0)) block.destroy();
  }
}

/** What is needed of memory, and what must lie in one block. */
interface Transients {
  readonly needs: ReadonlyMap<Storage, Need>;
  readonly together: ReadonlyMap<Storage, Storage>;
}

/**
 * Gives every transient its memory: results are computed where they are to be delivered, and memory is handed on after the
 * last dispatch that touches it.
 */
export function planMemory(recorded: readonly RecordedDispatch[], workspace: Workspace): BoundDispatch[] {
  const { dispatches, place } = elideDeliveries(recorded);
  const blocks = workspace.share({ needs: needsOf(dispatches, place), together: new Map() });
  return dispatches.map(({ kernel, tensors, params, flags }) => {
    const bindings: Record<string, Binding> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const { storage, offset } = place(tensor.storage);
      const own = storage.memory ? { memory: storage.memory, offset: 0 } : blocks.get(storage)!;
      bindings[name] = { memory: own.memory, offset: own.offset + offset + tensor.offset, length: extentOf(tensor) };
    }
    return { kernel, tensors: bindings, params, flags };
  });
}

/** When each transient is needed. @throws EngineError where it is read before it is written. */
function needsOf(dispatches: readonly RecordedDispatch[], place: (storage: Storage) => Place): Map<Storage, Need> {
  const needs = new Map<Storage, Need & { readonly touches: Map<number, boolean> }>();
  for (const [index, { kernel, tensors }] of dispatches.entries())
    for (const name of [...kernel.writes, ...kernel.reads, ...kernel.updates]) {
      const isWritten = !kernel.reads.includes(name);
      const { storage } = place(tensors[name]!.storage);
      if (storage.memory) continue;
      const { from, touches } = needs.get(storage) ?? { from: index, touches: new Map<number, boolean>() };
      if (touches.size === 0 && !kernel.writes.includes(name))
        throw new EngineError(`${kernel.name} reads ${tensors[name]!.name} before anything has written it`);
      touches.set(index, isWritten || touches.get(index) === true);
      needs.set(storage, { from, to: index, touches });
    }
  return needs;
}

/** Where a storage lies: itself, or inside another one that its results were delivered to. */
interface Place {
  readonly storage: Storage;
  readonly offset: number;
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
