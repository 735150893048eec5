import { classOf } from "./unicode.ts";
import * as tables from "./unicodeTables.ts";

/**
 * Classes of characters for regular expressions with the flag u, as the tokenizers that others train have them (Hugging
 * Face's library, in Rust). JavaScript's `\s` and `\w` are other sets. Of characters that came with Unicode 15 and later
 * each knows what its own tables have.
 */

/** U+0085 is one, U+FEFF is none. */
export const blank = String.raw`\p{White_Space}`;

/** What words are of: also marks, and what joins letters. */
export const word = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;

/** What ASCII has besides letters and digits counts, such as `^` and `$`, which Unicode calls symbols. */
export const punctuation = classOf(tables.punctuation);

/** Texts of printable ASCII, which are most, and for which classes of all of Unicode are slow. */
export const plain = /^[ -~]*$/;
/** What of `punctuation` such texts have. */
export const plainPunctuation = "!-\\/:-@\\[-`{-~";

/** Ideographs as BERT takes them for words; its fifth extension starts 256 characters late. */
export const ideograph = String.raw`\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}`;

const leading = new RegExp(`^[${blank}]+`, "u");
const isBlank = new RegExp(`[${blank}]`, "u");

export function withoutLeadingBlanks(text: string): string {
  return text.replace(leading, "");
}

/** From the end backwards: an expression that is anchored there would start at every blank. */
export function withoutTrailingBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** A letter at a time: what a text has at its end does not change its letters, such as Σ. */
export function lowerCase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}
