import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

/**
 * What Hugging Face's own library makes of a thousand random texts with tokenizers of every kind, as hashes:
 * tools/fixtures/tokenizer_texts.py, which draws the same texts.
 */
interface Made {
  /** Strings, or first and last code points. */
  readonly classes: readonly (readonly (string | readonly [number, number])[])[];
  /** The vocabulary of tokenizers that have no other: each alone, and inside a word. */
  readonly letters: string;
  readonly kinds: Readonly<Record<string, Kind>>;
}
interface Kind {
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** Ids of the first texts. */
  readonly first: readonly (readonly number[])[];
  /** Hashes of the ids of each text, and of the text of random ids. */
  readonly ids: string;
  readonly texts?: string;
}

const made = JSON.parse(readFileSync(path.join(import.meta.dirname, "fixtures/tokenizerTexts.json"), "utf8")) as Made;
const COUNT = 1000;

/** Marsaglia's xorshift of 32 bits (2003). @returns whole numbers below a limit. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function randomText(below: (limit: number) => number): string {
  const parts = Array.from({ length: 1 + below(24) }, () => {
    const kind = made.classes[below(made.classes.length)]!;
    const part = kind[below(kind.length)]!;
    const text = typeof part === "string" ? part : String.fromCodePoint(part[0] + below(part[1] - part[0] + 1));
    return text.repeat(below(6) === 0 ? 2 + below(2) : 1);
  });
  return parts.join("");
}

/** Ids, of which the last ones are more frequent. */
function randomIds(below: (limit: number) => number, size: number): number[] {
  const one = () => (below(3) === 0 ? size - 1 - below(Math.min(size, 40)) : below(size));
  return Array.from({ length: 1 + below(12) }, one);
}

/** FNV-1a (Fowler, Noll, Vo) over whole numbers. */
function digest(values: readonly number[]): number {
  return values.reduce((state, value) => Math.imul(state ^ value, 16_777_619), 2_166_136_261) >>> 0;
}

function unpacked(base64: string): Uint32Array {
  const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  return new Uint32Array(bytes.buffer);
}

function wordPieces() {
  const letters = [...made.letters];
  const pieces = ["[UNK]", ...letters, ...letters.map((letter) => `##${letter}`)];
  return {
    type: "WordPiece",
    unk_token: "[UNK]",
    vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
  };
}

const shared = wordPieces();
const escaped = (text: string) =>
  text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

describe.each(Object.entries(made.kinds))("%s", (name, kind) => {
  const seed = 1 + Object.keys(made.kinds).indexOf(name);
  const { tokenizer: parts } = kind;
  const ours = createTokenizer(JSON.stringify({ model: shared, ...parts }));

  test("a thousand texts have the ids of the library", () => {
    const below = numbers(seed);
    const different = [];
    for (const [at, hash] of unpacked(kind.ids).entries()) {
      const text = randomText(below);
      const { ids } = ours.encode(text);
      // A text without tokens is one token here, so that no row is empty.
      if (hash === digest(ids) || (hash === digest([]) && ids.length === 1)) continue;
      different.push({ show: `python tools/fixtures/tokenizer_texts.py ${name} ${at}`, text: escaped(text), ids });
    }
    expect(different.slice(0, 3), `${different.length} of ${COUNT} texts differ`).toEqual([]);
    const again = numbers(seed);
    for (const ids of kind.first) expect(ours.encode(randomText(again)).ids).toEqual(ids);
  });

  if (!kind.texts) return;
  test("a thousand lists of ids have the texts of the library", () => {
    const below = numbers(seed);
    const different = [];
    for (const [at, hash] of unpacked(kind.texts!).entries()) {
      const ids = randomIds(below, ours.vocabularySize);
      const text = ours.decode(ids);
      if (digest(Array.from(text, (character) => character.codePointAt(0)!)) === hash) continue;
      different.push({ show: `python tools/fixtures/tokenizer_texts.py ${name} ${at}`, ids, text: escaped(text) });
    }
    expect(different.slice(0, 3), `${different.length} of ${COUNT} lists differ`).toEqual([]);
  });
});
