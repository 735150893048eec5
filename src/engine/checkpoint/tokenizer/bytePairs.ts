import { byteTokens } from "./bytes.ts";

/** Ids are below 2^24, and words shorter than 2^32 symbols. */
const IDS = 2 ** 24;
const PLACES = 2 ** 32;

/** What pairs of ids make, each with its rank. */
export type Merges = ReadonlyMap<number, { readonly rank: number; readonly id: number }>;

export function pairOf(left: number, right: number): number {
  return left * IDS + right;
}

/**
 * Merges the characters of words, the pair of the lowest rank first and of several the leftmost (byte-pair encoding,
 * Sennrich et al., 2016).
 */
export function bytePairs(
  ids: ReadonlyMap<string, number>,
  merges: Merges,
  options: {
    /** The token of characters that are none; without it they are left out. */
    readonly unknown: number | undefined;
    /** Whether unknown characters that follow each other are one. */
    readonly fuses: boolean;
    /** Whether unknown characters become their bytes. */
    readonly byteFallback: boolean;
    /** Whether words that are tokens stay whole. */
    readonly wholeWords: boolean;
    /** What a word's last character has behind it. */
    readonly suffix: string;
  },
): (word: string) => readonly number[] {
  const { unknown, fuses, byteFallback, wholeWords, suffix } = options;

  function symbolsOf(word: string): number[] {
    const symbols: number[] = [];
    // An unknown character waits for a known one, and bytes of others go before it.
    let waits = false;
    const characters = Array.from(word);
    characters.forEach((character, at) => {
      const symbol = at === characters.length - 1 ? character + suffix : character;
      const id = ids.get(symbol);
      const bytes = id === undefined && byteFallback ? byteTokens(symbol).map((byte) => ids.get(byte)) : [id];
      const isKnown = bytes.every((byte) => byte !== undefined);
      if (waits && unknown !== undefined && (id !== undefined || (!isKnown && !fuses))) {
        symbols.push(unknown);
        waits = false;
      }
      if (isKnown) symbols.push(...bytes);
      else waits = true;
    });
    if (waits && unknown !== undefined) symbols.push(unknown);
    return symbols;
  }

  return (word) => {
    const whole = wholeWords ? ids.get(word) : undefined;
    return whole !== undefined ? [whole] : mergeAll(symbolsOf(word), merges);
  };
}

/** Ranks and places are one number each, so that the least of them is the next merge. */
function mergeAll(symbols: number[], merges: Merges): readonly number[] {
  const next = symbols.map((_, at) => at + 1);
  const previous = symbols.map((_, at) => at - 1);
  const queue: number[] = [];
  const mergeAt = (at: number) => {
    const right = next[at]!;
    return right < symbols.length ? merges.get(pairOf(symbols[at]!, symbols[right]!)) : undefined;
  };
  const consider = (at: number) => {
    const merge = mergeAt(at);
    if (merge) push(queue, merge.rank * PLACES + at);
  };
  for (let at = 0; at + 1 < symbols.length; at++) consider(at);
  while (queue.length > 0) {
    const key = pop(queue);
    const at = key % PLACES;
    const merge = symbols[at]! >= 0 ? mergeAt(at) : undefined;
    // A neighbour may have been merged since.
    if (!merge || merge.rank !== Math.floor(key / PLACES)) continue;
    const right = next[at]!;
    symbols[at] = merge.id;
    symbols[right] = -1;
    next[at] = next[right]!;
    if (next[at]! < symbols.length) {
      previous[next[at]!] = at;
      consider(at);
    }
    if (previous[at]! >= 0) consider(previous[at]!);
  }
  return symbols.filter((symbol) => symbol >= 0);
}

/** A binary heap with its least number first. */
function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): number {
  const least = heap[0]!;
  const value = heap.pop()!;
  const size = heap.length;
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  if (size > 0) heap[at] = value;
  return least;
}
