import { plain } from "./characters.ts";
import type { Part } from "./part.ts";

/** Longer characters are mapped a code point at a time. */
const LONGEST = 5;
/** Bytes that a character may become. */
const LONGEST_TEXT = 100;
/** Mapped characters that are remembered. */
const REMEMBERED = 10_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The map of a `Precompiled` normalizer as sentencepiece stores it: in base64, the length of a double-array trie in
 * bytes (32 bits, little-endian), the trie (Yata et al., 2007), and texts that end in zeros. What is mapped are
 * characters as readers see them, as long as they have few bytes, and otherwise their code points.
 *
 * @throws RefusedFileError when it is none.
 */
export function characterMap(part: Part): (text: string) => string {
  const bad = part.wrong("precompiled_charsmap", "a character map of sentencepiece in base64");
  const text = part.value("precompiled_charsmap") ?? "";
  if (typeof text !== "string" || text.length > 16 * 2 ** 20) throw bad;
  if (text === "") return (unchanged) => unchanged;
  // A regular expression over megabytes needs a stack of its own; atob knows what base64 is.
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw bad;
  }
  const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 8 ? 0 : view.getUint32(0, true);
  if (size === 0 || size % 4 !== 0 || size + 4 > bytes.length) throw bad;
  const trie = Uint32Array.from({ length: size / 4 }, (_, at) => view.getUint32(4 + 4 * at, true));
  const texts = bytes.subarray(4 + size);
  if (hasLongText(texts)) throw part.refuse("tok-output-too-large", "its character map puts long texts for characters");
  return mapped(trie, texts);
}

function hasLongText(texts: Uint8Array): boolean {
  let length = 0;
  return texts.some((byte) => {
    length = byte === 0 ? 0 : length + 1;
    return length > LONGEST_TEXT;
  });
}

function mapped(trie: Uint32Array, texts: Uint8Array): (text: string) => string {
  const textOf = (key: string): string | undefined => {
    const start = shortestPrefix(trie, encoder.encode(key));
    if (start === undefined || start >= texts.length) return undefined;
    const end = texts.indexOf(0, start);
    return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
  };
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const known = new Map<string, string>();
  const character = (grapheme: string): string => {
    let result = known.get(grapheme);
    if (result === undefined) {
      const whole = encoder.encode(grapheme).length <= LONGEST ? textOf(grapheme) : undefined;
      result = whole ?? Array.from(grapheme, (point) => textOf(point) ?? point).join("");
      if (known.size >= REMEMBERED) known.clear();
      known.set(grapheme, result);
    }
    return result;
  };
  return (text) => {
    const graphemes = plain.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment);
    return graphemes.map(character).join("");
  };
}

/** The value of the shortest prefix of a key that a double-array trie has. */
function shortestPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let at = offset(trie[0]!);
  for (const byte of key) {
    if (byte === 0) return undefined;
    at ^= byte;
    const unit = trie[at];
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
    at ^= offset(unit);
    if ((unit >>> 8) & 1) {
      const leaf = trie[at];
      return leaf === undefined ? undefined : leaf & 0x7fffffff;
    }
  }
  return undefined;
}
