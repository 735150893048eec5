import { joinByteTokens, textOfByteLevel } from "./bytes.ts";
import { type Kinds, type Part, readSteps } from "./part.ts";
import type { Refuse } from "./refuse.ts";

/** Turns tokens into stretches of text, step by step. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

const kinds: Kinds<Decoder> = new Map<string, (part: Part) => Decoder>([
  ["ByteLevel", () => (tokens) => [textOfByteLevel(tokens)]],
  ["ByteFallback", () => joinByteTokens],
  ["Fuse", () => (tokens) => [tokens.join("")]],
  ["WordPiece", wordPiece],
  ["Metaspace", metaspace],
  ["BPEDecoder", bytePairs],
  ["Strip", strip],
  ["Replace", replace],
]);

/**
 * The decoder of a tokenizer.json as its steps.
 *
 * @throws RefusedFileError when it is unknown, badly formed, or makes texts far longer.
 */
export function readDecoder(value: unknown, refuse: Refuse): readonly Decoder[] {
  return readSteps(value, { role: "decoder", kinds, listKey: "decoders", refuse });
}

/** A text without the blanks before punctuation and before the ends of English words. */
export function withoutSpaces(text: string): string {
  return text
    .replace(/ ([.?!,])/g, "$1")
    .replaceAll(" ' ", "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}

function wordPiece(part: Part): Decoder {
  const prefix = part.text("prefix", "##");
  const cleans = part.flag("cleanup", true);
  return (tokens) =>
    tokens.map((token, at) => {
      const isInside = at > 0 && token.startsWith(prefix);
      const text = at === 0 ? token : isInside ? token.slice(prefix.length) : ` ${token}`;
      return cleans ? withoutSpaces(text).replaceAll(" do not", " don't") : text;
    });
}

function metaspace(part: Part): Decoder {
  const mark = part.text("replacement", "▁");
  const isPrefixed = part.text("prepend_scheme", part.flag("add_prefix_space", true) ? "always" : "never") !== "never";
  return (tokens) => tokens.map((token, at) => token.replaceAll(mark, at === 0 && isPrefixed ? "" : " "));
}

function bytePairs(part: Part): Decoder {
  const suffix = part.text("suffix", "</w>");
  return (tokens) => tokens.map((token, at) => token.replaceAll(suffix, at === tokens.length - 1 ? "" : " "));
}

function strip(part: Part): Decoder {
  const content = part.text("content", " ");
  const [start, stop] = [part.whole("start", 0, 1000, 0), part.whole("stop", 0, 1000, 0)];
  return (tokens) =>
    tokens.map((token) => {
      const characters = Array.from(token);
      let [first, end] = [0, characters.length];
      while (first < start && characters[first] === content) first++;
      while (characters.length - end < stop && characters[end - 1] === content) end--;
      return characters.slice(first, end).join("");
    });
}

function replace(part: Part): Decoder {
  const { expression } = part.pattern("pattern");
  const content = part.text("content");
  if (content.length > 16) throw part.refuse("tok-output-too-large", "its decoder puts long texts for short ones");
  return (tokens) => tokens.map((token) => token.replace(expression, () => content));
}
