import { byteTokens } from "./bytes.ts";

/** Code units, and one more. */
const UNITS = 2 ** 16;
/** How much less likely than the least likely piece a character is that is none. */
const PENALTY = 10;

/**
 * Splits words into the pieces of the highest total score (Kudo, 2018, arXiv 1804.10959). Unknown characters that follow
 * each other are one.
 *
 * @param pieces with their scores, in the order of their ids.
 */
export function unigram(
  pieces: readonly (readonly [string, number])[],
  ids: ReadonlyMap<string, number>,
  { unknown, byteFallback }: { readonly unknown: number | undefined; readonly byteFallback: boolean },
): (word: string) => readonly number[] {
  const [edges, idAt] = trieOf(ids);
  const values = Float64Array.from(pieces, ([, score]) => asRead(score));
  const penalty = values.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - PENALTY;
  const none = -1;

  /** The ends of the best pieces from the last to the first, as starts and ids by end. */
  function best(word: string): { readonly starts: Int32Array; readonly found: Int32Array } {
    const starts = new Int32Array(word.length + 1).fill(none);
    const found = new Int32Array(word.length + 1).fill(none);
    const scores = new Float64Array(word.length + 1);
    for (let start = 0; start < word.length; ) {
      const width = word.codePointAt(start)! > 0xffff ? 2 : 1;
      const reach = (end: number, score: number, id: number) => {
        const total = score + scores[start]!;
        if (starts[end] !== none && total <= scores[end]!) return;
        starts[end] = start;
        found[end] = id;
        scores[end] = total;
      };
      let isKnown = false;
      let node: number | undefined = 0;
      for (let end = start; end < word.length; ) {
        node = edges.get(node * UNITS + word.charCodeAt(end++));
        if (node === undefined) break;
        const id = idAt.get(node);
        if (id === undefined) continue;
        reach(end, values[id]!, id);
        isKnown ||= end - start === width;
      }
      if (!isKnown) reach(start + width, penalty, unknown ?? none);
      start += width;
    }
    return { starts, found };
  }

  return (word) => {
    const { starts, found } = best(word);
    const result: number[][] = [];
    for (let end = word.length; end > 0; ) {
      let start = starts[end]!;
      const id = found[end]!;
      if (id !== (unknown ?? none)) result.push([id]);
      else {
        while (start > 0 && found[start] === id) start = starts[start]!;
        result.push(unknownIds(word.slice(start, end)));
      }
      end = start;
    }
    return result.reverse().flat();
  };

  function unknownIds(text: string): number[] {
    const id = ids.get(text);
    if (id !== undefined) return [id];
    const bytes = byteFallback ? byteTokens(text).map((byte) => ids.get(byte)) : [undefined];
    if (bytes.every((byte) => byte !== undefined)) return bytes;
    return unknown === undefined ? [] : [unknown];
  }
}

/** A trie of all pieces: nodes by their parent and a code unit, and ids by node. */
function trieOf(ids: ReadonlyMap<string, number>): [ReadonlyMap<number, number>, ReadonlyMap<number, number>] {
  const edges = new Map<number, number>();
  const idAt = new Map<number, number>();
  for (const [piece, id] of ids) {
    let node = 0;
    for (let at = 0; at < piece.length; at++) {
      const key = node * UNITS + piece.charCodeAt(at);
      node = edges.get(key) ?? edges.size + 1;
      edges.set(key, node);
    }
    if (node > 0) idAt.set(node, id);
  }
  return [edges, idAt];
}

/**
 * A score as the library reads it: all of its digits as a whole number, divided by a power of ten. Its last place, which
 * is another one at times, decides where a repeated character is cut.
 */
function asRead(score: number): number {
  const [digits, exponent = "0"] = String(score).split("e") as [string, string?];
  const [whole, fraction = ""] = digits.split(".") as [string, string?];
  const places = fraction.length - Number(exponent);
  const significand = Number(whole + fraction);
  return places > 0 ? significand / Number(`1e${places}`) : significand * Number(`1e${-places}`);
}
