import { shown } from "../refusal.ts";
import { type Clean, Part, type Refuse } from "./part.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

/** A way to split words into tokens, with its vocabulary. */
export interface TokenizerModel {
  readonly type: "WordPiece" | "BPE" | "Unigram";
  /** For the library. */
  readonly json: Clean;
  readonly vocabulary: Vocabulary;
  /** The token of what cannot be split; some models have none. */
  readonly unknown: string | undefined;
  /** Whether what is in no token is split into its bytes. */
  readonly byteFallback: boolean;
  /** Tokens that others were merged to, of a BPE model. */
  readonly merged: ReadonlySet<string>;
}

/** Longer words are unknown; trying all parts of one takes time with its square. */
const LONGEST_WORD = 200;

/**
 * The model of a tokenizer.json.
 *
 * @throws RefusedFileError when its type is unknown, or its parts do not agree.
 */
export function readModel(json: object, refuse: Refuse): TokenizerModel {
  const part = new Part(json, "model", refuse, "tok-unsupported");
  const type = modelType(part);
  const vocab = part.value("vocab");
  const vocabulary = readVocabulary(vocab, type === "Unigram", refuse);
  switch (type) {
    case "WordPiece": {
      const unk_token = part.text("unk_token", "[UNK]");
      const clean = {
        type,
        vocab,
        unk_token,
        continuing_subword_prefix: part.text("continuing_subword_prefix", "##"),
        max_input_chars_per_word: part.whole("max_input_chars_per_word", 1, LONGEST_WORD, 100),
      };
      return { type, json: clean, vocabulary, unknown: unk_token, byteFallback: false, merged: new Set() };
    }
    case "BPE":
      return bytePairs(part, vocab, vocabulary);
    case "Unigram": {
      const unk_id = part.value("unk_id") ?? null;
      const unknown = typeof unk_id === "number" ? vocabulary.tokens.get(unk_id) : undefined;
      if (unk_id !== null && unknown === undefined) {
        throw refuse(
          "tok-special-missing",
          `its unknown token ${shown(JSON.stringify(unk_id))} is not among its pieces`,
        );
      }
      const byteFallback = part.flag("byte_fallback", false);
      return { type, json: { type, vocab, unk_id }, vocabulary, unknown, byteFallback, merged: new Set() };
    }
  }
}

/** Older files do not say; then it shows in what else the model has. */
function modelType(part: Part): TokenizerModel["type"] {
  const type = part.value("type");
  if (type === undefined) {
    if (Array.isArray(part.value("vocab"))) return "Unigram";
    return part.value("merges") === undefined ? "WordPiece" : "BPE";
  }
  if (type === "WordPiece" || type === "BPE" || type === "Unigram") return type;
  throw part.refuse("tok-unsupported", `model type ${shown(String(type))} is not one of WordPiece, BPE, Unigram`);
}

function bytePairs(part: Part, vocab: unknown, vocabulary: Vocabulary): TokenizerModel {
  if (part.text("continuing_subword_prefix", "") !== "") {
    throw part.refuse("tok-unsupported", "its merges mark the inside of words, which is not supported");
  }
  const dropout = part.value("dropout") ?? 0;
  if (dropout !== 0) throw part.refuse("tok-unsupported", "it leaves merges out at random, which is not supported");
  const merges = readMerges(part.value("merges"), vocabulary, part.refuse);
  const unknown = part.value("unk_token") === undefined ? undefined : part.text("unk_token");
  const byteFallback = part.flag("byte_fallback", false);
  const json = {
    type: "BPE",
    vocab,
    merges,
    unk_token: unknown ?? null,
    fuse_unk: part.flag("fuse_unk", false),
    byte_fallback: byteFallback,
    ignore_merges: part.flag("ignore_merges", false),
    end_of_word_suffix: part.text("end_of_word_suffix", ""),
  };
  const merged = new Set(merges.map(([left, right]) => left + right));
  return { type: "BPE", json, vocabulary, unknown, byteFallback, merged };
}

/** Byte-pair merges are pairs of tokens that make a token (Sennrich et al., 2016, arXiv 1508.07909). */
function readMerges(merges: unknown, { ids }: Vocabulary, refuse: Refuse): readonly (readonly [string, string])[] {
  if (!Array.isArray(merges)) throw refuse("tok-merge-bad", "its model has no list of merges");
  return merges.map((merge: unknown) => {
    const pair: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw refuse("tok-merge-bad", `the merge ${shown(String(JSON.stringify(merge)))} is no pair of tokens`);
    }
    if (![left, right, left + right].every((token) => ids.has(token))) {
      throw refuse("tok-merge-bad", `the merge of ${shown(left)} and ${shown(right)} is not among its tokens`);
    }
    return [left, right];
  });
}
