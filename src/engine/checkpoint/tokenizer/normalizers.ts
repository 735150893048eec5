import { Normalizer, type Tokenizer } from "@huggingface/tokenizers";
import { RefusedFileError } from "../refusal.ts";
import { type Clean, type Kinds, type Part, type Refuse, readSteps } from "./part.ts";

/** How much longer replacements may make a text, all together. */
const MAX_GROWTH = 32;

/** How much longer a text may become by normalisation as it happens: Chinese characters between blanks are three. */
const MAX_RATIO = 4;
const MAX_EXTRA = 1000;

const nothing = () => ({});

const kinds: Kinds = new Map<string, (part: Part) => Clean>([
  [
    "BertNormalizer",
    (part) => ({
      clean_text: part.flag("clean_text", true),
      handle_chinese_chars: part.flag("handle_chinese_chars", true),
      strip_accents: part.value("strip_accents") === undefined ? null : part.flag("strip_accents", false),
      lowercase: part.flag("lowercase", true),
    }),
  ],
  ["Strip", (part) => ({ strip_left: part.flag("strip_left", false), strip_right: part.flag("strip_right", false) })],
  ["Replace", (part) => ({ pattern: part.pattern("pattern"), content: part.text("content") })],
  ["Prepend", (part) => ({ prepend: part.text("prepend") })],
  ["Precompiled", (part) => ({ precompiled_charsmap: characterMap(part) })],
  ["NFC", nothing],
  ["NFD", nothing],
  ["NFKC", nothing],
  ["NFKD", nothing],
  ["Lowercase", nothing],
  ["StripAccents", nothing],
]);

/**
 * The normalizer of a tokenizer.json, for the library.
 *
 * @throws RefusedFileError when it is unknown, badly formed, or makes texts far longer.
 */
export function readNormalizer(value: unknown, refuse: Refuse): Clean | null {
  const steps = readSteps(value, {
    role: "normalizer",
    kinds,
    listKey: "normalizers",
    refuse,
    code: "tok-normalizer-bad",
  });
  const growth = steps.reduce((product, step) => product * growthOf(step), 1);
  if (growth > MAX_GROWTH) {
    throw refuse("tok-output-too-large", `its normalizer can make texts ${Math.ceil(growth)} times as long`);
  }
  return steps.length > 0 ? { type: "Sequence", normalizers: steps } : null;
}

function growthOf({ type, pattern, content, prepend }: Clean): number {
  if (type === "Prepend") return Math.max(1, (prepend as string).length);
  if (type !== "Replace") return 1;
  const replaced = (pattern as { readonly String?: string }).String?.length ?? 1;
  return Math.max(1, (content as string).length / replaced);
}

/**
 * Checks the map of a `Precompiled` normalizer as sentencepiece stores it: in base64, the length of a double-array trie
 * in bytes (32 bits, little-endian), the trie, and texts that end in zeros.
 */
function characterMap(part: Part): string {
  const bad = part.wrong("precompiled_charsmap", "a character map of sentencepiece in base64");
  const text = part.value("precompiled_charsmap") ?? "";
  if (typeof text !== "string" || text.length > 16 * 2 ** 20) throw bad;
  if (text === "") return text;
  // A regular expression over megabytes needs a stack of its own; atob knows what base64 is.
  let bytes: string;
  try {
    bytes = atob(text);
  } catch {
    throw bad;
  }
  const size = [3, 2, 1, 0].reduce((sum, at) => sum * 256 + (bytes.charCodeAt(at) || 0), 0);
  if (bytes.length < 8 || size === 0 || size % 4 !== 0 || size + 4 > bytes.length) throw bad;
  return text;
}

/** Makes a tokenizer refuse texts that its normalizer blows up, before they are split. @param file for the message. */
export function boundNormalizer(library: Tokenizer, file: string): void {
  const inner = library.normalizer;
  if (inner) library.normalizer = new BoundedNormalizer(inner, file);
}

class BoundedNormalizer extends Normalizer {
  readonly #inner: Normalizer;
  readonly #file: string;

  constructor(inner: Normalizer, file: string) {
    super(inner.config);
    this.#inner = inner;
    this.#file = file;
  }

  override normalize(text: string): string {
    const normal = this.#inner.normalize(text);
    if (normal.length <= MAX_RATIO * text.length + MAX_EXTRA) return normal;
    throw new RefusedFileError(
      "tok-output-too-large",
      `${this.#file}: its normalizer made ${normal.length.toLocaleString("en")} characters of ${text.length.toLocaleString("en")}`,
    );
  }
}
