import type { Memory } from "../device/device.ts";
import { aligned } from "../device/device.ts";
import { Liveness, type Needs } from "./liveness.ts";
import { Storage } from "./tensor.ts";

/** Where a tensor's elements are: memory that outlives the program, or a transient storage that has yet to get some. */
export type Home = Storage | Memory;

/** What a dispatch has bound by the name of an operand. */
export interface Use {
  readonly home: Home;
  readonly name: string;
  readonly isWritten: boolean;
}

/** A dispatch by its place in the order, with all that it has bound. */
export interface Bound {
  readonly index: number;
  readonly accesses: readonly Use[];
}

/** What waiting for others may do to the most elements that are needed at once. */
const ALLOWED = 1.05;

/** Whether operands that lie in the same buffer may be bound by one dispatch: read only, or written by one name. */
function canBind(uses: readonly Use[], rootOf: (home: Home) => Home): boolean {
  const seen = new Map<Home, Use>();
  return uses.every((use) => {
    const root = rootOf(use.home);
    const other = seen.get(root);
    if (!other) seen.set(root, use);
    return !other || (!other.isWritten && !use.isWritten) || other.name === use.name;
  });
}

/**
 * Transients that are to lie in one buffer, because one dispatch takes operands out of several of them. WebGPU forbids to
 * bind one buffer for reading and for writing at once, and what would need that is kept apart. So is what would take much more
 * memory because it is needed for longer.
 */
export class Pools {
  readonly #parents = new Map<Home, Home>();
  readonly #members = new Map<Home, readonly Storage[]>();
  readonly #touching = new Map<Home, Set<number>>();
  /** All that dispatches have bound; those that are one dispatch by now share a list. */
  readonly #uses = new Map<number, readonly Use[]>();
  readonly #liveness: Liveness;
  readonly #largest: number;

  /**
   * @param recorded what is there before anything is grouped, in order; some of it may have become one in `dispatches`.
   * @param largest elements that may lie together.
   */
  constructor(dispatches: readonly Bound[], recorded: readonly Bound[], largest: number) {
    for (const { index, accesses } of dispatches) {
      this.#uses.set(index, accesses);
      for (const { home } of accesses) this.#touching.set(home, (this.#touching.get(home) ?? new Set()).add(index));
    }
    this.#liveness = new Liveness(recorded.length, needsOf(dispatches), needsOf(recorded), ALLOWED);
    this.#largest = largest;
  }

  /**
   * Makes two dispatches one, or a dispatch of several parts one, if the operands of each name can be bound as one.
   *
   * @param at its place in the order.
   * @param pairs homes of operands of one name, which must come to lie together.
   * @returns whether it was possible; otherwise they stay as they are.
   */
  join(first: Bound, second: Bound, at: number, pairs: readonly (readonly [Home, Home])[]): boolean {
    const made: { from: Storage; to: Storage; before: readonly Storage[] }[] = [];
    const isPossible = pairs.every(([one, other]) => {
      const [to, from] = [this.#rootOf(one), this.#rootOf(other)];
      if (to === from) return true;
      if (!(to instanceof Storage && from instanceof Storage)) return false;
      const before = this.#membersOf(to);
      made.push({ from, to, before });
      this.#members.set(to, [...before, ...this.#membersOf(from)]);
      this.#parents.set(from, to);
      return this.#lengthOf(to) <= this.#largest;
    });
    const lists = new Set([this.#uses.get(first.index)!, this.#uses.get(second.index)!]);
    const whole = [...lists].flat();
    const touched = new Set(
      made.flatMap(({ to }) => this.#membersOf(to).flatMap((member) => [...(this.#touching.get(member) ?? [])])),
    );
    const canAllBind = [whole, ...[...touched].map((index) => this.#uses.get(index)!)].every((uses) =>
      canBind(uses, (home) => this.#rootOf(home)),
    );
    if (isPossible && canAllBind && this.keep([first, second], at)) {
      for (const [index, uses] of this.#uses) if (lists.has(uses)) this.#uses.set(index, whole);
      return true;
    }
    for (const { from, to, before } of made.reverse()) {
      this.#parents.delete(from);
      this.#members.set(to, before);
    }
    return false;
  }

  /** Keeps what dispatches need for a later place in the order. @returns whether there is memory for that. */
  keep(dispatches: readonly Bound[], at: number): boolean {
    const homes = new Set(dispatches.flatMap(({ accesses }) => accesses.map(({ home }) => home)));
    return this.#liveness.need(
      [...homes].filter((home) => home instanceof Storage),
      at,
    );
  }

  /** Which transients are to lie in one buffer, by any one of them. */
  together(): Map<Storage, Storage> {
    const together = new Map<Storage, Storage>();
    for (const [root, members] of this.#members)
      if (!this.#parents.has(root)) for (const member of members) together.set(member, root as Storage);
    return together;
  }

  #rootOf(home: Home): Home {
    let root = home;
    for (let parent = this.#parents.get(root); parent; parent = this.#parents.get(root)) root = parent;
    return root;
  }

  #membersOf(root: Storage): readonly Storage[] {
    return this.#members.get(root) ?? [root];
  }

  #lengthOf(root: Storage): number {
    return this.#membersOf(root).reduce((sum, { length }) => sum + aligned(length), 0);
  }
}

function needsOf(dispatches: readonly Bound[]): Needs {
  return dispatches.flatMap(({ index, accesses }) =>
    accesses.flatMap(({ home }) => (home instanceof Storage ? [[home, index] as const] : [])),
  );
}
