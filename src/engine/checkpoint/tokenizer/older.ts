import { RefusedFileError, shown } from "../refusal.ts";

/** Tokens by id that a file beside the vocabulary adds. */
type Added = ReadonlyMap<string, number>;

/** What transformers calls a special token in a tokenizer.json. */
const special = (content: string, id: number | undefined) => ({ id, content, special: true, normalized: false });

/** Special tokens are those that the vocabulary has. */
function addedTokens(names: readonly string[], vocab: Readonly<Record<string, unknown>>, added: Added): unknown[] {
  const known = [...new Set(names)].filter((name) => Object.hasOwn(vocab, name) && !added.has(name));
  return [
    ...known.map((name) => ({ ...special(name, undefined), id: vocab[name] })),
    ...[...added].map((each) => special(...each)),
  ];
}

/**
 * The tokenizer.json of a `vocab.txt`: WordPiece as BERT has it (Devlin et al., 2019), one token a line, ids by line.
 *
 * @param options what tokenizer_config.json says.
 */
export function wordPieceJson(
  text: string,
  options: {
    readonly added: Added;
    readonly lowercase: boolean;
    readonly stripAccents: boolean | undefined;
    readonly chineseApart: boolean;
    readonly unknown: string;
    readonly start: string;
    readonly separator: string;
    /** Further special tokens, which count where they are in the vocabulary. */
    readonly others: readonly string[];
  },
): Readonly<Record<string, unknown>> {
  const { added, lowercase, stripAccents, chineseApart, unknown, start, separator, others } = options;
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
  return {
    added_tokens: addedTokens([unknown, start, separator, ...others], vocab, added),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: chineseApart,
      strip_accents: stripAccents ?? null,
      lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "BertProcessing",
      cls: [start, vocab[start] ?? added.get(start) ?? 0],
      sep: [separator, vocab[separator] ?? added.get(separator) ?? 0],
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", vocab, unk_token: unknown },
  };
}

/**
 * The tokenizer.json of `vocab.json` and `merges.txt`: byte-level BPE as GPT-2 has it (Radford et al., 2019), and with
 * the special tokens of RoBERTa (Liu et al., 2019, arXiv 1907.11692) around texts where the vocabulary has its mask.
 *
 * @throws RefusedFileError when the vocabulary is no JSON object, or a line is no merge.
 */
export function byteLevelJson(
  vocabulary: string,
  merges: string,
  { added, addPrefixSpace }: { readonly added: Added; readonly addPrefixSpace: boolean },
): Readonly<Record<string, unknown>> {
  let vocab: unknown;
  try {
    vocab = JSON.parse(vocabulary);
  } catch (cause) {
    throw new RefusedFileError("tok-not-json", `vocab.json is not valid JSON: ${shown(String(cause))}`, undefined, {
      cause,
    });
  }
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) {
    throw new RefusedFileError("tok-vocab-bad", "vocab.json holds no JSON object");
  }
  const ids = vocab as Readonly<Record<string, unknown>>;
  const [start, end, mask] = ["<s>", "</s>", "<mask>"];
  const isRoberta = [start, end, mask].every((token) => Object.hasOwn(ids, token));
  const byteLevel = { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true };
  const tokens = addedTokens([start, "<pad>", end, "<unk>", mask, "<|endoftext|>"], ids, added);
  return {
    // A mask takes the blank before it along.
    added_tokens: tokens.map((token) =>
      (token as { content: string }).content === mask ? { ...(token as object), lstrip: true } : token,
    ),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: isRoberta ? { type: "RobertaProcessing", cls: [start, ids[start]], sep: [end, ids[end]] } : null,
    decoder: byteLevel,
    model: { type: "BPE", vocab, merges: mergesOf(merges) },
  };
}

/** One merge a line, after a line with the version that may be there. */
function mergesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.filter((line, number) => line !== "" && !(number === 0 && line.startsWith("#version")));
}
