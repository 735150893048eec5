import type { Storage } from "./tensor.ts";

/** Elements that are needed from one dispatch to another, by their places in the order. */
interface Held {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** What dispatches need of transients, each of them at its place in the order. */
export type Needs = readonly (readonly [storage: Storage, at: number])[];

/** How many elements of transients are needed at each dispatch, which changes of the order must not raise past a bound. */
export class Liveness {
  readonly #held: Map<Storage, Held>;
  readonly #live: Float64Array;
  readonly #most: number;

  /**
   * @param count of places in the order.
   * @param before what is needed as long as nothing is changed, which gives the bound.
   * @param allowed what the peak may become, as a multiple of what it is before.
   */
  constructor(count: number, needs: Needs, before: Needs, allowed: number) {
    this.#live = new Float64Array(count);
    for (const held of heldBy(before).values()) this.#add(held, 1);
    this.#most = allowed * this.#live.reduce((most, each) => Math.max(most, each), 0);
    this.#live.fill(0);
    this.#held = heldBy(needs);
    for (const held of this.#held.values()) this.#add(held, 1);
  }

  /** Has storages needed at a place, too. @returns whether the bound allows it; nothing has changed if not. */
  need(storages: readonly Storage[], at: number): boolean {
    const former = storages.map((storage) => this.#held.get(storage)!);
    const longer = former.map(({ from, to, length }) => ({ from: Math.min(at, from), to: Math.max(at, to), length }));
    for (const held of former) this.#add(held, -1);
    for (const held of longer) this.#add(held, 1);
    if (longer.some(({ from, to }) => this.#live.subarray(from, to + 1).some((live) => live > this.#most))) {
      for (const held of longer) this.#add(held, -1);
      for (const held of former) this.#add(held, 1);
      return false;
    }
    for (const [index, storage] of storages.entries()) this.#held.set(storage, longer[index]!);
    return true;
  }

  #add({ from, to, length }: Held, times: 1 | -1): void {
    for (let at = from; at <= to; at++) this.#live[at]! += times * length;
  }
}

function heldBy(needs: Needs): Map<Storage, Held> {
  const held = new Map<Storage, Held>();
  for (const [storage, at] of needs) {
    const { from, to } = held.get(storage) ?? { from: at, to: at };
    held.set(storage, { from: Math.min(from, at), to: Math.max(to, at), length: storage.length });
  }
  return held;
}
