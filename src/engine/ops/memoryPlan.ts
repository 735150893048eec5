import { ALIGNMENT, type Binding, type BoundDispatch, type Device, type Memory } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import type { AdapterKind } from "../kernels/kernel.ts";
import { type Group, groupProducts, type Part } from "./groupProducts.ts";
import { type Need, packed } from "./packing.ts";
import { operandsOf, type Place } from "./productUnits.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import { extentOf, type Storage, sameLayout, type Tensor } from "./tensor.ts";

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

/** What is dispatched, and what that needs of memory. */
interface Plan extends Transients {
  readonly groups: readonly Group[];
}

/** What products that share a dispatch may cost in memory: a tenth of what transients take, or 8 MB where that is little. */
const ALLOWED = 1.1;
const SPARE = 2 ** 21;

/** How many elements may have to lie in one buffer for it: the more, the fewer dispatches, and the more memory. */
const LARGEST_POOLS = [2 ** 24, 2 ** 22, 2 ** 21, 2 ** 20, 2 ** 19, 2 ** 18];

/**
 * Gives every transient its memory: results are computed where they are to be delivered, products are computed together
 * where a GPU gains by it, and memory is handed on after the last dispatch that touches it.
 */
export function planMemory(
  recorded: readonly RecordedDispatch[],
  workspace: Workspace,
  kind: AdapterKind,
): BoundDispatch[] {
  const { dispatches, place } = elideDeliveries(recorded);
  let plan = planOf({ groups: dispatches.map((dispatch) => [{ dispatch, terms: 1 }]), together: new Map() }, place);
  if (kind === "hardware") {
    const length = workspace.lengthWith(plan);
    const most = Math.max(length + SPARE, ALLOWED * length);
    for (const largest of LARGEST_POOLS) {
      const grouped = planOf(groupProducts(dispatches, place, largest), place);
      if (workspace.lengthWith(grouped) > most) continue;
      plan = grouped;
      break;
    }
  }
  const blocks = workspace.share(plan);
  return plan.groups.map((group) => {
    const bound = group.map(({ dispatch: { tensors } }) => {
      const bindings: Record<string, Binding> = {};
      for (const [name, tensor] of Object.entries(tensors)) {
        const { storage, offset } = place(tensor.storage);
        const own = storage.memory ? { memory: storage.memory, offset: 0 } : blocks.get(storage)!;
        bindings[name] = { memory: own.memory, offset: own.offset + offset + tensor.offset, length: extentOf(tensor) };
      }
      return bindings;
    });
    const [{ dispatch }] = group as [Part];
    const { kernel, params, flags } = dispatch;
    return group.length === 1 ? { kernel, tensors: bound[0]!, params, flags } : bindTogether(group, bound);
  });
}

function planOf({ groups, together }: Pick<Plan, "groups" | "together">, place: (storage: Storage) => Place): Plan {
  return { groups, together, needs: needsOf(groups, place) };
}

/** When each transient is needed. @throws EngineError where it is read before it is written. */
function needsOf(groups: readonly Group[], place: (storage: Storage) => Place): Map<Storage, Need> {
  const needs = new Map<Storage, Need & { readonly touches: Map<number, boolean> }>();
  for (const [index, { kernel, tensors }] of groups.flatMap((group, at) =>
    group.map(({ dispatch }) => [at, dispatch] as const),
  ))
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

/** Several products as one dispatch, of which each operand is bound from the first to the last of its places. */
function bindTogether(group: Group, bound: readonly Readonly<Record<string, Binding>>[]): BoundDispatch {
  const [{ dispatch: first }] = group as [Part];
  const tensors: Record<string, Binding> = { ...bound[0]! };
  const params = group.map(({ dispatch }) => ({ ...dispatch.params }) as Record<string, number>);
  for (const name of Object.keys(tensors)) {
    const used = group.flatMap((part, index) => (hasOperand(part, group[index - 1], name) ? [index] : []));
    if (used.length === 0) continue;
    const places = used.map((index) => bound[index]![name]!);
    const { memory } = places[0]!;
    const from = Math.min(...places.map(({ offset }) => offset));
    const to = Math.max(...places.map(({ offset, length }) => offset + length));
    tensors[name] = { memory, offset: from, length: to - from };
    for (const [at, index] of used.entries()) params[index]![`${name}Offset`]! += places[at]!.offset - from;
  }
  return {
    kernel: first.kernel,
    tensors,
    params: params[0]!,
    flags: first.flags,
    parts: group.map(({ terms }, index) => ({ params: params[index]!, terms })),
  };
}

/** Whether a part reads or writes an operand; one that goes on with a sum adds to that, and not to c. */
function hasOperand({ dispatch }: Part, before: Part | undefined, name: string): boolean {
  const goesOn = before !== undefined && before.terms > 1;
  return operandsOf(dispatch).includes(name) && !(goesOn && name === "c");
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
