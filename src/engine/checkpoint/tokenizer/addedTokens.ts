import { blank, withoutTrailingBlanks, word } from "./characters.ts";
import { type Piece, slice } from "./pieces.ts";
import type { AddedToken } from "./vocabulary.ts";

/** A stretch of a text between added tokens, or the id of one. */
export type Section = Piece | number;

type Find = (text: string) => { readonly start: number; readonly end: number; readonly token: AddedToken }[];

const leadingBlanks = new RegExp(`[${blank}]*`, "uy");
const startsWithWord = new RegExp(`^[${word}]`, "u");
const endsWithWord = new RegExp(`[${word}]$`, "u");

/**
 * Cuts added tokens out of a text. Those that are to be found in texts as they stand come first; then what is left is
 * normalised, and the others are looked for in it, normalised as well.
 */
export function addedTokenSplitter(
  added: readonly AddedToken[],
  normalize: ((text: string) => string) | undefined,
): (text: string) => readonly Section[] {
  // Of tokens that are the same, the first counts, special ones before others.
  const ordered = [...added.filter((token) => token.special), ...added.filter((token) => !token.special)];
  const asTheyAre = finder(ordered.filter((token) => !token.normalized).map((token) => [token.content, token]));
  const normal = finder(
    ordered.filter((token) => token.normalized).map((token) => [normalize?.(token.content) ?? token.content, token]),
  );
  return (text) =>
    cut({ text, isFirst: true }, asTheyAre).flatMap((section) => {
      if (typeof section === "number") return section;
      return cut(normalize ? { ...section, text: normalize(section.text) } : section, normal);
    });
}

function cut(piece: Piece, find: Find): Section[] {
  const { text } = piece;
  const sections: Section[] = [];
  let done = 0;
  for (const { start, end, token } of find(text)) {
    if (token.single_word && (isWordBefore(text, start) || startsWithWord.test(text.slice(end, end + 2)))) continue;
    const first = token.lstrip ? Math.max(done, withoutTrailingBlanks(text.slice(0, start)).length) : start;
    if (done < first) sections.push(slice(piece, done, first));
    sections.push(token.id);
    done = end;
    if (token.rstrip) {
      leadingBlanks.lastIndex = end;
      done += leadingBlanks.exec(text)![0].length;
    }
  }
  if (done < text.length) sections.push(slice(piece, done, text.length));
  return sections;
}

function isWordBefore(text: string, end: number): boolean {
  return endsWithWord.test(Array.from(text.slice(Math.max(0, end - 2), end)).at(-1) ?? "");
}

/** Finds the leftmost of several texts, of those at one place the longest. */
function finder(tokens: readonly (readonly [string, AddedToken])[]): Find {
  const byText = new Map<string, AddedToken>();
  for (const [text, token] of tokens) if (text !== "" && !byText.has(text)) byText.set(text, token);
  if (byText.size === 0) return () => [];
  interface Node {
    readonly next: Map<number, Node>;
    token?: AddedToken;
  }
  const root: Node = { next: new Map() };
  for (const [text, token] of byText) {
    let node = root;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      let child = node.next.get(unit);
      if (!child) {
        child = { next: new Map() };
        node.next.set(unit, child);
      }
      node = child;
    }
    node.token = token;
  }
  return (text) => {
    const found = [];
    for (let start = 0; start < text.length; ) {
      let [node, end, token]: [Node | undefined, number, AddedToken | undefined] = [root, start, undefined];
      for (let at = start; node && at < text.length; ) {
        node = node.next.get(text.charCodeAt(at++));
        if (node?.token) [token, end] = [node.token, at];
      }
      if (token) {
        found.push({ start, end, token });
        start = end;
      } else start++;
    }
    return found;
  };
}
