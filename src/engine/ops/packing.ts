import { aligned } from "../device/device.ts";
import type { Storage } from "./tensor.ts";

/** When a transient is needed: the dispatches that touch it, by their place in the order, and whether they write it. */
export interface Need {
  readonly from: number;
  readonly to: number;
  readonly touches: ReadonlyMap<number, boolean>;
}

/** Where a transient lies. */
export interface Slot {
  /** The number of a block. */
  readonly block: number;
  /** Elements from its start. */
  readonly offset: number;
}

interface Placed extends Need {
  readonly offset: number;
  readonly length: number;
}

interface Block {
  /** Of elements, so far; those that are there already are not made longer. */
  readonly length: number;
  readonly isGiven: boolean;
  readonly placed: readonly Placed[];
}

/** Elements that a block is made no longer than for the sake of sharing: all of it can be bound under WebGPU's lowest limits. */
const LONGEST_BLOCK = 2 ** 24;

/**
 * Shares blocks of memory among transients that are not needed at the same time. The largest choose first, each where blocks grow
 * the least and then the smallest gap (greedy by size: Pisarchyk and Lee 2020, arXiv:2001.03288). WebGPU forbids to bind a buffer for
 * reading and for writing at once, and so a dispatch never finds what it writes in the block of anything else that it touches.
 *
 * @param together storages that are to lie in one block, by any one of them.
 * @param given elements of blocks that are there.
 * @returns also how long all blocks are, of which those that were not given come last.
 */
export function packed(
  needs: ReadonlyMap<Storage, Need>,
  together: ReadonlyMap<Storage, Storage>,
  given: readonly number[],
): { readonly slots: ReadonlyMap<Storage, Slot>; readonly lengths: readonly number[] } {
  const blocks: Block[] = given.map((length) => ({ length, isGiven: true, placed: [] }));
  const slots = new Map<Storage, Slot>();
  for (const storages of bySize(needs.keys(), together)) {
    const fits = [...blocks, { length: 0, isGiven: false, placed: [] }].map((block) => fitIn(block, storages, needs));
    const best = fits.reduce((least, fit, at) => (isBetter(fit, fits[least]!) ? at : least), fits.length - 1);
    const { placed, length } = fits[best]!;
    blocks[best] = { length, isGiven: best < given.length, placed: [...(blocks[best]?.placed ?? []), ...placed] };
    for (const [at, storage] of storages.entries()) slots.set(storage, { block: best, offset: placed[at]!.offset });
  }
  return { slots, lengths: blocks.map(({ length }) => length) };
}

/** What lies together, and the rest one by one; the largest first, and of what lies together as well. */
function bySize(storages: Iterable<Storage>, together: ReadonlyMap<Storage, Storage>): Storage[][] {
  const groups = new Map<Storage, Storage[]>();
  for (const storage of [...storages].sort((a, b) => b.length - a.length)) {
    const key = together.get(storage) ?? storage;
    groups.set(key, [...(groups.get(key) ?? []), storage]);
  }
  const lengthOf = (group: readonly Storage[]) => group.reduce((sum, { length }) => sum + aligned(length), 0);
  const isGroup = (group: readonly Storage[]) => Number(group.length > 1);
  return [...groups.values()].sort((a, b) => isGroup(b) - isGroup(a) || lengthOf(b) - lengthOf(a));
}

/** How storages would lie in a block. */
interface Fit {
  readonly placed: readonly Placed[];
  /** The block's, then. */
  readonly length: number;
  readonly growth: number;
  /** Elements of the gaps that are used. */
  readonly gaps: number;
}

function isBetter(fit: Fit | undefined, than: Fit | undefined): boolean {
  if (!fit || !than) return fit !== undefined;
  return fit.growth < than.growth || (fit.growth === than.growth && fit.gaps < than.gaps);
}

/** Storages in a block, if they can lie there. */
function fitIn(block: Block, storages: readonly Storage[], needs: ReadonlyMap<Storage, Need>): Fit | undefined {
  const longest = block.isGiven ? block.length : block.length === 0 ? Number.POSITIVE_INFINITY : LONGEST_BLOCK;
  const placed: Placed[] = [];
  let [length, gaps] = [block.length, 0];
  for (const storage of storages) {
    const need = needs.get(storage)!;
    const others = block.placed.filter((other) => isAtOnce(other, need));
    if (others.some((other) => clash(other, need))) return undefined;
    const own = aligned(storage.length);
    const gap = gapFor(own, [...others, ...placed.filter((other) => isAtOnce(other, need))], length);
    if (gap.offset + own > longest) return undefined;
    placed.push({ ...need, offset: gap.offset, length: own });
    length = Math.max(length, gap.offset + own);
    gaps += gap.length;
  }
  return { placed, length, growth: length - block.length, gaps };
}

/** The smallest gap of so many elements between others, or what is behind them. */
function gapFor(own: number, others: Placed[], end: number): { readonly offset: number; readonly length: number } {
  let best: { offset: number; length: number } | undefined;
  let offset = 0;
  for (const other of others.sort((a, b) => a.offset - b.offset)) {
    const length = other.offset - offset;
    if (length >= own && (!best || length < best.length)) best = { offset, length };
    offset = Math.max(offset, other.offset + other.length);
  }
  const rest = { offset, length: Math.max(own, end - offset) };
  return best && (best.length < rest.length || offset + own > end) ? best : rest;
}

/** Whether a dispatch touches both and writes one of them. */
function clash(a: Need, b: Need): boolean {
  for (const [at, isWritten] of a.touches) {
    const isOtherWritten = b.touches.get(at);
    if (isOtherWritten !== undefined && (isOtherWritten || isWritten)) return true;
  }
  return false;
}

function isAtOnce(a: Need, b: Need): boolean {
  return a.from <= b.to && b.from <= a.to;
}
