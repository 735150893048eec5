import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { shown } from "../refusal.ts";
import type { Refuse } from "./refuse.ts";

const contractions = "'s|'t|'re|'ve|'m|'ll|'d";
const anyCase = `(?i:${contractions})`;
const punctuation = String.raw` ?[^\s\p{L}\p{N}]+`;
const blanks = String.raw`\s+(?!\S)|\s+`;
const lineEnds = String.raw`\s*[\r\n]+|${blanks}`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const before = String.raw`[^\r\n\p{L}\p{N}]?`;

/** How GPT-2 splits. */
export const gpt2Pattern = String.raw`${contractions}| ?\p{L}+| ?\p{N}+|${punctuation}|${blanks}`;

/**
 * Patterns by which well-known tokenizers split, each tried on long runs of every kind of character: matching takes
 * time proportional to the text.
 */
export const knownPatterns: ReadonlySet<string> = new Set([
  // GPT-2 and its like, with and without digits apart (StarCoder), and CLIP.
  gpt2Pattern,
  String.raw`${contractions}| ?\p{L}+| ?\p{N}+|${punctuation}|\s+`,
  String.raw`${contractions}|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`,
  // GPT-4, Llama 3, Qwen2, Qwen3.
  ...[anyCase, `(?:${contractions})`].flatMap((ends) => [
    String.raw`${ends}|${before}\p{L}+|\p{N}{1,3}|${punctuation}[\r\n]*|${lineEnds}`,
    String.raw`${ends}|${before}\p{L}+|\p{N}|${punctuation}[\r\n]*|${lineEnds}`,
    String.raw`${ends}|${before}\p{L}+|\p{N}+|${punctuation}[\r\n]*|${lineEnds}`,
    String.raw`${ends}|${before}[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${lineEnds}`,
  ]),
  // GPT-4o, Mistral.
  ...[String.raw`\p{N}{1,3}`, String.raw`\p{N}`].flatMap((digits) =>
    [`${anyCase}?`, ""].map(
      (ends) =>
        String.raw`${before}${upper}*${lower}+${ends}|${before}${upper}+${lower}*${ends}|${digits}|${punctuation}[\r\n/]*|${lineEnds}`,
    ),
  ),
  // Bloom.
  " ?[^(\\s|[.,!?…。，、।۔،])]+",
  // Words and what is between them.
  String.raw`\w+|[^\w\s]+`,
  // What Metaspace does to words.
  "▁?[^▁]+|▁",
  "▁*[^▁]+|▁+",
]);

/** One character, or one out of a class. */
const atom = String.raw`(?:\\[sSdDwWnrt]|\\[pP]\{\w+\}|\[\^?(?:\\[sSdDwWnrt\-\]\\^]|\\[pP]\{\w+\}|[^\[\]\\^&])+\]|[^\\^$.|?*+()[\]{}])`;
const repetition = String.raw`(?:\+|\{\d{1,2}(?:,\d{0,2})?\})`;
/** A few characters, or one repeated; several of these as alternatives. None goes back further than 99 characters. */
const simple = new RegExp(`^(?:${atom}{1,8}|${atom}${repetition})(?:\\|(?:${atom}{1,8}|${atom}${repetition}))*$`, "u");

/** Longer patterns are none that we know. */
const MAX_LENGTH = 1000;

/**
 * Lets through regular expressions that match in time proportional to the text. A page cannot stop one that does not,
 * and files choose their own (Davis et al., 2018, on how common such are).
 *
 * @throws RefusedFileError
 */
export function checkPattern(pattern: unknown, refuse: Refuse): asserts pattern is string {
  if (typeof pattern !== "string") throw refuse("tok-regex-invalid", "a regular expression is no text");
  if (pattern.length > MAX_LENGTH) {
    throw refuse("tok-regex-unsafe", `a regular expression has ${pattern.length.toLocaleString("en")} characters`);
  }
  try {
    compiled(pattern);
  } catch (cause) {
    throw refuse("tok-regex-invalid", `the regular expression ${shown(pattern)} is not valid`, cause);
  }
  if (knownPatterns.has(pattern) || simple.test(pattern)) return;
  throw refuse(
    "tok-regex-unsafe",
    `the regular expression ${shown(pattern)} is none of those that are known to end in time`,
  );
}

/** A pattern in Oniguruma's syntax with the flag g; the library rewrites it. @throws SyntaxError when it is none. */
export function compiled(pattern: string): RegExp {
  const split = new SplitPreTokenizer({
    type: "Split",
    pattern: { Regex: pattern },
    behavior: "Isolated",
    invert: false,
  });
  return split.pattern!;
}

/** A pattern that finds a text. */
export function literal(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "gu");
}
