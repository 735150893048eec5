import { byteLevel } from "./bytes.ts";
import { blank, plain, plainPunctuation, punctuation, word } from "./characters.ts";
import { type Kinds, type Part, readSteps } from "./part.ts";
import { compiled, gpt2Pattern, literal } from "./patterns.ts";
import { type Behavior, type Piece, split } from "./pieces.ts";
import type { Refuse } from "./refuse.ts";

/** Splits a piece of a text into pieces of which each becomes tokens of its own. */
export type PreTokenizer = (piece: Piece) => readonly Piece[];

const behaviors: readonly Behavior[] = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

const blanks = new RegExp(`[${blank}]+`, "gu");
const marks = new RegExp(`[${punctuation}]`, "gu");
const plainMarks = new RegExp(`[${plainPunctuation}]`, "g");
const words = new RegExp(`[${word}]+|[^${word}${blank}]+`, "gu");

const atBlanks: PreTokenizer = (piece) => split(piece, blanks, "Removed");
const atMarks = (behavior: Behavior): PreTokenizer => {
  return (piece) => split(piece, plain.test(piece.text) ? plainMarks : marks, behavior);
};

const kinds: Kinds<PreTokenizer> = new Map<string, (part: Part) => PreTokenizer | readonly PreTokenizer[]>([
  ["BertPreTokenizer", () => [atBlanks, atMarks("Isolated")]],
  ["WhitespaceSplit", () => atBlanks],
  ["Whitespace", () => (piece) => split(piece, words, "Removed", true)],
  ["ByteLevel", bytes],
  ["Metaspace", metaspace],
  [
    "Digits",
    (part) => {
      const digits = part.flag("individual_digits", false) ? /\p{N}/gu : /\p{N}+/gu;
      return (piece) => split(piece, digits, "Isolated");
    },
  ],
  ["Punctuation", (part) => atMarks(part.choice("behavior", behaviors))],
  [
    "FixedLength",
    (part) => {
      const length = part.whole("length", 1, 1_000_000, 5);
      return ({ text, isFirst }) => {
        const characters = Array.from(text);
        return Array.from({ length: Math.ceil(characters.length / length) }, (_, at) => ({
          text: characters.slice(at * length, (at + 1) * length).join(""),
          isFirst: isFirst && at === 0,
        }));
      };
    },
  ],
  [
    "Split",
    (part) => {
      const { expression } = part.pattern("pattern");
      const behavior = part.choice("behavior", behaviors);
      const invert = part.flag("invert", false);
      return (piece) => split(piece, expression, behavior, invert);
    },
  ],
]);

/**
 * The pre-tokenizer of a tokenizer.json as its steps.
 *
 * @throws RefusedFileError when it is unknown, badly formed, or splits by a pattern that might not end.
 */
export function readPreTokenizer(value: unknown, refuse: Refuse): PreTokenizer[] {
  return readSteps(value, { role: "pre-tokenizer", kinds, listKey: "pretokenizers", refuse });
}

const spacedWords = compiled("▁*[^▁]+|▁+");

/** Splits a text in front of every ▁ that starts a word. Exact where no token has a ▁ after another character. */
export const wordsApart: PreTokenizer = (piece) => split(piece, spacedWords, "Isolated");

function bytes(part: Part): readonly PreTokenizer[] {
  const addSpace = part.flag("add_prefix_space", true);
  const steps: PreTokenizer[] = [];
  if (addSpace) steps.push(({ text, isFirst }) => [{ text: text.startsWith(" ") ? text : ` ${text}`, isFirst }]);
  if (part.flag("use_regex", true)) {
    const pattern = compiled(gpt2Pattern);
    steps.push((piece) => split(piece, pattern, "Isolated"));
  }
  return [...steps, ({ text, isFirst }) => [{ text: byteLevel(text), isFirst }]];
}

function metaspace(part: Part): PreTokenizer {
  const mark = part.text("replacement", "▁");
  if ([...mark].length !== 1 || part.text("str_rep", mark) !== mark) throw part.wrong("replacement", "one character");
  // Older files say whether, newer ones when a blank is put in front.
  const scheme = part.choice("prepend_scheme", [
    part.flag("add_prefix_space", true) ? "always" : "never",
    "first",
    "never",
    "always",
  ]);
  const ends = part.flag("split", true) ? literal(mark) : undefined;
  return ({ text, isFirst }) => {
    const marked = text.replaceAll(" ", () => mark);
    const isPrefixed = !marked.startsWith(mark) && (scheme === "always" || (scheme === "first" && isFirst));
    const piece = { text: isPrefixed ? mark + marked : marked, isFirst };
    return ends ? split(piece, ends, "MergedWithNext") : [piece];
  };
}
