import { type Clean, type Kinds, type Part, type Refuse, readSteps } from "./part.ts";

/** Pieces that match a pattern; what is between them goes. */
const matches = (pattern: string): Clean => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Removed",
  invert: true,
});

/** Pieces that match a pattern, and those between them. */
const apart = (pattern: string): Clean => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});

/** Where the library is not what the format says, the same is said by a pattern that it gets right. */
const kinds: Kinds = new Map<string, (part: Part) => Clean | readonly Clean[]>([
  ["BertPreTokenizer", () => ({})],
  ["WhitespaceSplit", () => ({})],
  // The library's words are of ASCII letters.
  ["Whitespace", () => matches(String.raw`\w+|[^\w\s]+`)],
  [
    "ByteLevel",
    (part) => ({
      add_prefix_space: part.flag("add_prefix_space", true),
      trim_offsets: part.flag("trim_offsets", true),
      use_regex: part.flag("use_regex", true),
    }),
  ],
  ["Metaspace", metaspace],
  ["Digits", (part) => apart(part.flag("individual_digits", false) ? String.raw`\p{N}` : String.raw`\p{N}+`)],
  [
    "Punctuation",
    (part) => {
      part.choice("behavior", ["Isolated"]);
      return apart("[\\p{P}$+<=>`|~]");
    },
  ],
  ["FixedLength", (part) => ({ length: part.whole("length", 1, 1_000_000) })],
  ["Split", split],
]);

/**
 * The pre-tokenizer of a tokenizer.json, for the library.
 *
 * @throws RefusedFileError when it is unknown, badly formed, or splits by a pattern that might not end.
 */
export function readPreTokenizer(value: unknown, refuse: Refuse): Clean[] {
  return readSteps(value, { role: "pre-tokenizer", kinds, listKey: "pretokenizers", refuse });
}

/** Splits a text in front of every ▁ that starts a word. Exact where no token has a ▁ after another character. */
export const wordsApart: Clean = matches("▁*[^▁]+|▁+");

function metaspace(part: Part): readonly Clean[] {
  const replacement = part.text("replacement", "▁");
  if ([...replacement].length !== 1 || part.text("str_rep", replacement) !== replacement) {
    throw part.wrong("replacement", "one character");
  }
  // Older files say whether, newer ones when a blank is put in front.
  const scheme = part.choice("prepend_scheme", [
    part.flag("add_prefix_space", true) ? "always" : "never",
    "first",
    "never",
    "always",
  ]);
  const marked = { type: "Metaspace", replacement, prepend_scheme: scheme };
  if (!part.flag("split", true)) return [marked];
  if (replacement !== "▁") throw part.refuse("tok-unsupported", "its pre-tokenizer splits at another mark than ▁");
  return [marked, matches("▁?[^▁]+|▁")];
}

function split(part: Part): Clean {
  const pattern = part.pattern("pattern");
  const invert = part.flag("invert", false);
  const behavior = part.choice("behavior", invert ? ["Removed"] : ["Isolated", "Removed"]);
  // The library keeps what it removes when it is given as a text.
  const regex = "String" in pattern ? pattern.String.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&") : pattern.Regex;
  return { pattern: { Regex: regex }, behavior, invert };
}
