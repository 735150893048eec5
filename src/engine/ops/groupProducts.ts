import { matmulKernel } from "../kernels/matmul.ts";
import { type Home, Pools } from "./pools.ts";
import { conflict, type Place, type Unit, unitsOf, withSums } from "./productUnits.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import type { Storage } from "./tensor.ts";

/** What becomes one dispatch: as a rule one that was recorded, or several products. */
export type Group = readonly Part[];

export interface Part {
  readonly dispatch: RecordedDispatch;
  /** How many parts, this one and those behind it, are the terms of one sum. */
  readonly terms: number;
}

/** How many dispatches ahead a product finds others to be computed with. */
const AHEAD = 24;

/** Products up to this many columns or rows wait. */
const NARROW = 16;

/**
 * Makes one dispatch of several products that are independent of each other, or the terms of one sum. Each sum keeps its
 * order, so that no bit changes. Products are computed with others of their kind that come a little later; those that fill
 * parts of one whole, such as the gradients of factors, wait for each other.
 *
 * @param place where deliveries have put storages.
 * @param largest elements that may have to lie in one buffer for it.
 * @returns what is dispatched, in order, and which transients must lie in one buffer for it, by any one of them.
 */
export function groupProducts(
  recorded: readonly RecordedDispatch[],
  place: (storage: Storage) => Place,
  largest: number,
): { readonly groups: readonly Group[]; readonly together: ReadonlyMap<Storage, Storage> } {
  const refused = new Set<number>();
  const alone = unitsOf(recorded, place);
  for (;;) {
    const units = withSums(alone, refused);
    const pools = new Pools(units, alone, largest);
    const impossible = units.filter((unit) => unit.parts.length > 1 && !joins(pools, [unit], unit, unit.index));
    if (impossible.length === 0) return { groups: scheduled(units, pools), together: pools.together() };
    for (const { index } of impossible) refused.add(index);
  }
}

/** Puts a unit into a group that is run at a place in the order, if all can be one dispatch. */
function joins(pools: Pools, group: readonly Unit[], unit: Unit, at: number): boolean {
  const all = group.includes(unit) ? group : [...group, unit];
  if (all.reduce((count, { parts }) => count + parts.length, 0) > matmulKernel.several!.most) return false;
  const first = new Map<string, Home>();
  const pairs: [Home, Home][] = [];
  for (const { name, home } of all.flatMap(({ accesses }) => accesses)) {
    const other = first.get(name) ?? home;
    first.set(name, other);
    if (other !== home) pairs.push([other, home]);
  }
  return pools.join(group[0]!, unit, at, pairs);
}

function scheduled(units: readonly Unit[], pools: Pools): Group[] {
  const groups: (readonly Unit[])[] = [];
  const done = new Set<Unit>();
  const isLazy = fillers(units);
  let waiting: Unit[] = [];
  /** The place of what was run last. */
  let place = 0;
  const flush = (chosen: (unit: Unit) => boolean = () => true): void => {
    const opened: Unit[][] = [];
    for (const unit of waiting.filter(chosen)) {
      const group = opened.find((each) => each[0]!.key === unit.key && joins(pools, each, unit, place));
      if (group) group.push(unit);
      else opened.push([unit]);
    }
    waiting = waiting.filter((unit) => !chosen(unit));
    groups.push(...opened);
  };
  const segmentOf = ({ parts }: Unit) => parts[0]!.segment ?? 0;
  let segment = 0;
  for (const [at, unit] of units.entries()) {
    if (done.has(unit)) continue;
    if (segmentOf(unit) !== segment) flush();
    segment = segmentOf(unit);
    const keys = new Set(waiting.filter((each) => conflict(each, unit)).map(({ key }) => key));
    if (keys.size > 0) flush(({ key }) => keys.has(key));
    if (!pools.keep(waiting, unit.index)) flush();
    place = unit.index;
    if (isLazy(unit)) {
      waiting.push(unit);
      continue;
    }
    const group = [unit];
    const before = [...waiting, unit];
    for (const other of unit.key === undefined ? [] : units.slice(at + 1, at + 1 + AHEAD)) {
      if (done.has(other)) continue;
      const isAlike = other.key === unit.key && !isLazy(other) && segmentOf(other) === segment;
      if (isAlike && !before.some((each) => conflict(each, other)) && joins(pools, group, other, place)) {
        group.push(other);
        done.add(other);
      }
      before.push(other);
    }
    groups.push(group);
  }
  flush();
  return groups.map((group) =>
    group.flatMap(({ parts }) => parts.map((dispatch, at) => ({ dispatch, terms: parts.length - at }))),
  );
}

/** Which narrow products fill a part of what others fill too: nobody waits for it before all are there. */
function fillers(units: readonly Unit[]): (unit: Unit) => boolean {
  const writers = new Map<Home, number>();
  for (const { accesses } of units)
    for (const { home, isWritten } of accesses) if (isWritten) writers.set(home, (writers.get(home) ?? 0) + 1);
  return ({ key, parts, accesses }) => {
    if (key === undefined || parts.length > 1) return false;
    const { rows, cols } = parts[0]!.params as { rows: number; cols: number };
    const isPart = accesses.some(({ home, isWritten }) => isWritten && writers.get(home)! > 1);
    return Math.min(rows, cols) <= NARROW && isPart;
  };
}
