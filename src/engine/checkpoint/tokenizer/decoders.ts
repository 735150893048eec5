import { type Clean, type Kinds, type Part, type Refuse, readSteps } from "./part.ts";

const nothing = () => ({});

const kinds: Kinds = new Map<string, (part: Part) => Clean>([
  ["ByteLevel", nothing],
  ["ByteFallback", nothing],
  ["Fuse", nothing],
  ["WordPiece", (part) => ({ prefix: part.text("prefix", "##"), cleanup: part.flag("cleanup", true) })],
  ["Metaspace", (part) => ({ replacement: part.text("replacement", "▁") })],
  ["BPEDecoder", (part) => ({ suffix: part.text("suffix", "</w>") })],
  [
    "Strip",
    (part) => ({
      content: part.text("content", " "),
      start: part.whole("start", 0, 1000, 0),
      stop: part.whole("stop", 0, 1000, 0),
    }),
  ],
  ["Replace", replace],
]);

/**
 * The decoder of a tokenizer.json, for the library.
 *
 * @throws RefusedFileError when it is unknown, badly formed, or makes texts far longer.
 */
export function readDecoder(value: unknown, refuse: Refuse): Clean | null {
  const decoders = readSteps(value, { role: "decoder", kinds, listKey: "decoders", refuse });
  return decoders.length > 0 ? { type: "Sequence", decoders } : null;
}

function replace(part: Part): Clean {
  const pattern = part.pattern("pattern");
  const content = part.text("content");
  if (content.length > 16) throw part.refuse("tok-output-too-large", "its decoder puts long texts for short ones");
  return { pattern, content };
}
