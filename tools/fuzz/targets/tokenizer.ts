import { readFileSync } from "node:fs";
import { RefusedFileError } from "../../../src/engine/checkpoint/refusal.ts";
import { createTokenizer, type EncodedText, type TextTokenizer } from "../../../src/engine/checkpoint/tokenizer.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

/** What is shortened of a tokenizer.json. */
interface TokenizerJson {
  readonly model: {
    readonly vocab: unknown[] | Record<string, number>;
    readonly merges?: readonly (string | readonly string[])[];
  };
}

/** Tokenizers of six kinds, their vocabularies cut short so that damage hits the other parts too. */
const fixture = new URL("../../../src/engine/checkpoint/fixtures/tokenizers.json", import.meta.url);
const files: Readonly<Record<string, { readonly tokenizer: TokenizerJson }>> = JSON.parse(
  readFileSync(fixture, "utf8"),
);
const trained = Object.values(files).map(({ tokenizer }) => shortened(tokenizer));
const kinds = new URL("../../../src/engine/checkpoint/fixtures/tokenizerTexts.json", import.meta.url);
const { precompiled_charsmap } = JSON.parse(readFileSync(kinds, "utf8")).kinds.precompiled.tokenizer.normalizer;
const components = [
  {
    normalizer: { type: "Sequence", normalizers: [{ type: "NFKD" }, { type: "StripAccents" }, { type: "Lowercase" }] },
  },
  { normalizer: { type: "Precompiled", precompiled_charsmap: "BAAAAAAAAABhAGIA" } },
  { normalizer: { type: "Precompiled", precompiled_charsmap } },
  { normalizer: { type: "Replace", pattern: { Regex: " {2,}" }, content: " " } },
  { normalizer: { type: "Replace", pattern: { String: "a" }, content: "bb" } },
  { pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "Removed", invert: false } },
  { pre_tokenizer: { type: "FixedLength", length: 3 } },
  { pre_tokenizer: { type: "Punctuation", behavior: "MergedWithPrevious" } },
  { pre_tokenizer: { type: "Split", pattern: { Regex: "\\p{L}+" }, behavior: "Contiguous", invert: true } },
  { pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: true } },
  {
    added_tokens: [
      { id: 0, content: "ab", single_word: true, lstrip: true, rstrip: true, normalized: true, special: false },
      { id: 1, content: "  ", rstrip: true, special: true },
    ],
  },
  { decoder: { type: "Sequence", decoders: [{ type: "ByteFallback" }, { type: "BPEDecoder", suffix: "</w>" }] } },
  { pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Digits" }] } },
  {
    decoder: {
      type: "Sequence",
      decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "Fuse" }],
    },
  },
  { decoder: { type: "Strip", content: " ", start: 1, stop: 0 } },
  { post_processor: null },
];
const probes = [
  "In the beginning, 3.14 times!",
  "",
  "aaaa   bbbb\n\tİé漢🤗",
  "👩‍💻\u200d\ufeff\u0000e\u0301Σ\u{2f804}",
  "<s>x</s><pad><unk>",
  "__proto__ constructor",
  `${"ab ".repeat(300)}`,
  "a".repeat(1000),
  " ".repeat(1000),
];
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function shortened({ model, ...rest }: TokenizerJson): object {
  if (Array.isArray(model.vocab)) return { ...rest, model: { ...model, vocab: model.vocab.slice(0, 60) } };
  const kept = Object.entries(model.vocab).filter(([token, id]) => id < 60 || [...token].length === 1);
  const vocab = Object.fromEntries(kept);
  const merges = model.merges?.filter((pair) => {
    const [left = "", right = ""] = typeof pair === "string" ? pair.split(" ") : pair;
    return [left, right, left + right].every((token) => Object.hasOwn(vocab, token));
  });
  return { ...rest, model: { ...model, vocab, ...(merges && { merges }) } };
}

export const target: Target = {
  file: "tokenizer.json",

  input(random) {
    let seed = random.of(trained);
    if (random.once(2)) seed = { ...seed, ...random.of(components) };
    const bytes = encoder.encode(damagedJson(seed, random));
    return random.once(10) ? damaged(bytes, random) : bytes;
  },

  /** What is accepted turns any text into its tokens and back, and takes no more time and room than the text asks for. */
  run(bytes) {
    const tokenizer = createTokenizer(decoder.decode(bytes));
    for (const probe of probes) {
      const encoded = encodedBy(tokenizer, probe);
      if (!encoded) continue;
      const { ids, segments } = encoded;
      if (!ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize))
        throw new TypeError("ids that are none");
      if (ids.length !== segments.length) throw new TypeError("segments of another length");
      if (ids.length > 20 * encoder.encode(probe).length + 5000)
        throw new TypeError(`${ids.length} tokens of ${probe.length} characters`);
      tokenizer.decode(ids);
    }
    return tokenizer;
  },
};

/** Tokens of a text; none where they would be too many. */
function encodedBy(tokenizer: TextTokenizer, text: string): EncodedText | undefined {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (error instanceof RefusedFileError && error.code === "tok-output-too-large") return undefined;
    throw error;
  }
}
