import { shown, shownJson } from "../refusal.ts";
import { bytePairs, type Merges, pairOf } from "./bytePairs.ts";
import { Part } from "./part.ts";
import type { Refuse } from "./refuse.ts";
import { unigram } from "./unigram.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";
import { wordPieces } from "./wordPieces.ts";

/** Splits a word into the ids of its tokens. */
export type SplitWord = (word: string) => readonly number[];

/** A way to split words into tokens, with its vocabulary. */
export interface TokenizerModel {
  readonly vocabulary: Vocabulary;
  /** The token of what cannot be split; some models have none. */
  readonly unknown: string | undefined;
  /** Whether a whole text is split as its words are, in front of every ▁ that starts one. */
  readonly hasWordsApart: boolean;
  /** @param unknownId the id of `unknown`, which may be an added token. */
  readonly splitter: (unknownId: number | undefined) => SplitWord;
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
  const { ids } = vocabulary;
  switch (type) {
    case "WordPiece": {
      const unknown = part.text("unk_token", "[UNK]");
      const prefix = part.text("continuing_subword_prefix", "##");
      const longest = part.whole("max_input_chars_per_word", 1, LONGEST_WORD, 100);
      const splitter = (id: number | undefined) => wordPieces(ids, { unknown: id!, prefix, longest });
      return { vocabulary, unknown, hasWordsApart: false, splitter };
    }
    case "BPE":
      return bytePairModel(part, vocabulary);
    case "Unigram": {
      const id = part.value("unk_id") ?? undefined;
      const unknown = typeof id === "number" ? vocabulary.tokens.get(id) : undefined;
      if (id !== undefined && unknown === undefined) {
        throw refuse("tok-special-missing", `its unknown token ${shownJson(id)} is not among its pieces`);
      }
      const byteFallback = part.flag("byte_fallback", false);
      const pieces = vocab as [string, number][];
      const splitter = () => unigram(pieces, ids, { unknown: id as number | undefined, byteFallback });
      return { vocabulary, unknown, hasWordsApart: false, splitter };
    }
  }
}

/** Older files do not say; then it shows in what else the model has. */
function modelType(part: Part): "WordPiece" | "BPE" | "Unigram" {
  const type = part.value("type");
  if (type === undefined) {
    if (Array.isArray(part.value("vocab"))) return "Unigram";
    return part.value("merges") === undefined ? "WordPiece" : "BPE";
  }
  if (type === "WordPiece" || type === "BPE" || type === "Unigram") return type;
  throw part.refuse("tok-unsupported", `model type ${shownJson(type)} is not one of WordPiece, BPE, Unigram`);
}

function bytePairModel(part: Part, vocabulary: Vocabulary): TokenizerModel {
  if (part.text("continuing_subword_prefix", "") !== "") {
    throw part.refuse("tok-unsupported", "its merges mark the inside of words, which is not supported");
  }
  const dropout = part.value("dropout") ?? 0;
  if (dropout !== 0) throw part.refuse("tok-unsupported", "it leaves merges out at random, which is not supported");
  const { merges, isWithinWords } = readMerges(part.value("merges"), vocabulary, part.refuse);
  const unknown = part.value("unk_token") === undefined ? undefined : part.text("unk_token");
  const options = {
    fuses: part.flag("fuse_unk", false),
    byteFallback: part.flag("byte_fallback", false),
    wholeWords: part.flag("ignore_merges", false),
    suffix: part.text("end_of_word_suffix", ""),
  };
  const hasWordsApart = isWithinWords && vocabulary.ids.has("▁") && !options.wholeWords && options.suffix === "";
  const splitter = (id: number | undefined) => bytePairs(vocabulary.ids, merges, { ...options, unknown: id });
  return { vocabulary, unknown, hasWordsApart, splitter };
}

/**
 * Byte-pair merges are pairs of tokens that make a token (Sennrich et al., 2016, arXiv 1508.07909).
 *
 * @returns them, and whether none goes from one word to the next, which starts with ▁.
 */
function readMerges(
  merges: unknown,
  { ids }: Vocabulary,
  refuse: Refuse,
): { readonly merges: Merges; readonly isWithinWords: boolean } {
  if (!Array.isArray(merges)) throw refuse("tok-merge-bad", "its model has no list of merges");
  const read = new Map<number, { readonly rank: number; readonly id: number }>();
  let isWithinWords = true;
  merges.forEach((merge: unknown, rank) => {
    const pair: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw refuse("tok-merge-bad", `the merge ${shownJson(merge)} is no pair of tokens`);
    }
    const token = left + right;
    const [leftId, rightId, id] = [ids.get(left), ids.get(right), ids.get(token)];
    if (leftId === undefined || rightId === undefined || id === undefined) {
      throw refuse("tok-merge-bad", `the merge of ${shown(left)} and ${shown(right)} is not among its tokens`);
    }
    read.set(pairOf(leftId, rightId), { rank, id });
    if (isWithinWords) isWithinWords = !/[^▁]▁/u.test(token);
  });
  return { merges: read, isWithinWords };
}
