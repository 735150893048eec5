import { fixed, marks, nonSpacingMarks } from "./unicodeTables.ts";

/** Ranges of code points as the inside of a class in a regular expression with the flag u. */
export function classOf(ranges: string): string {
  return ranges
    .trim()
    .replace(/[^\s-]+/g, "\\u{$&}")
    .replace(/\s/g, "");
}

const stays = new RegExp(`([${classOf(fixed)}])`, "u");

/** A form of Unicode's normalisation, of the characters that the library knows. */
export function normalForm(form: "NFC" | "NFD" | "NFKC" | "NFKD"): (text: string) => string {
  return (text) => {
    if (!stays.test(text)) return text.normalize(form);
    const parts = text.split(stays);
    return parts.map((part, at) => (at % 2 === 1 ? part : part.normalize(form))).join("");
  };
}

const decomposed = normalForm("NFD");
const allMarks = new RegExp(`[${classOf(marks)}]`, "gu");
const accents = new RegExp(`[${classOf(nonSpacingMarks)}]`, "gu");

/** A text without its marks; letters that have theirs within stay as they are. */
export function withoutMarks(text: string): string {
  return text.replace(allMarks, "");
}

/** A text whose letters have lost their accents. */
export function withoutAccents(text: string): string {
  return decomposed(text).replace(accents, "");
}
