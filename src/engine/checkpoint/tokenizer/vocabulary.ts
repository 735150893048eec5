import { shown, shownJson } from "../refusal.ts";
import { isRecord, Part } from "./part.ts";
import type { Refuse } from "./refuse.ts";

/** Most tokens of a tokenizer. */
export const MAX_TOKENS = 1_000_000;

/** A token that is found in texts as it stands, before anything else is done to them. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Whether it is found only where no letter touches it. */
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A vocabulary both ways. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<number, string>;
}

/**
 * The vocabulary of a model: tokens with their ids, or for Unigram pieces with their scores in the order of their ids.
 *
 * @throws RefusedFileError
 */
export function readVocabulary(vocabulary: unknown, isUnigram: boolean, refuse: Refuse): Vocabulary {
  const isPiece = (piece: unknown) =>
    Array.isArray(piece) && piece.length === 2 && typeof piece[0] === "string" && Number.isFinite(piece[1]);
  if (isUnigram ? !Array.isArray(vocabulary) || !vocabulary.every(isPiece) : !isRecord(vocabulary)) {
    const wanted = isUnigram ? "pieces with scores" : "tokens with ids";
    throw refuse("tok-vocab-bad", `its model has no vocabulary of ${wanted}`);
  }
  const entries: [string, unknown][] = isUnigram
    ? (vocabulary as [string, number][]).map(([piece], id) => [piece, id])
    : Object.entries(vocabulary as object);
  if (entries.length === 0) throw refuse("tok-vocab-bad", "its vocabulary is empty");
  if (entries.length > MAX_TOKENS) {
    throw refuse("tok-too-large", `its vocabulary has ${entries.length.toLocaleString("en")} tokens`);
  }
  const tokens = new Map<number, string>();
  for (const [token, id] of entries) {
    if (!isId(id)) {
      const whole = "which is no whole number from 0 to 16,777,215";
      throw refuse("tok-vocab-bad", `the id of ${shown(token)} is ${shownJson(id)}, ${whole}`);
    }
    const other = tokens.get(id);
    if (other !== undefined) {
      throw refuse("tok-vocab-bad", `${shown(other)} and ${shown(token)} of its vocabulary have one id, ${id}`);
    }
    tokens.set(id, token);
  }
  return { ids: new Map(entries as [string, number][]), tokens };
}

/**
 * The added tokens, and the vocabulary with them.
 *
 * @throws RefusedFileError when one clashes with another token.
 */
export function readAddedTokens(
  added: unknown,
  vocabulary: Vocabulary,
  refuse: Refuse,
): { readonly added: readonly AddedToken[]; readonly all: Vocabulary } {
  if (!Array.isArray(added)) throw refuse("tok-added-bad", "its added tokens are no list");
  const ids = new Map(vocabulary.ids);
  const tokens = new Map(vocabulary.tokens);
  const seen = new Set<string>();
  const read = added.map((token: unknown): AddedToken => {
    if (!isRecord(token)) throw refuse("tok-added-bad", "an added token is no object");
    const part = new Part(token, "added token", refuse, "tok-added-bad");
    const [id, content] = [part.value("id"), part.text("content")];
    if (!isId(id)) throw part.wrong("id", "a whole number from 0 to 16,777,215");
    if (content === "") throw part.wrong("content", "a text with at least one character");
    if (seen.has(content) || (tokens.get(id) ?? content) !== content || (ids.get(content) ?? id) !== id) {
      throw refuse("tok-added-bad", `the added token ${shown(content)} clashes with another token`);
    }
    seen.add(content);
    ids.set(content, id);
    tokens.set(id, content);
    const special = part.flag("special", false);
    return {
      id,
      content,
      single_word: part.flag("single_word", false),
      lstrip: part.flag("lstrip", false),
      rstrip: part.flag("rstrip", false),
      normalized: part.flag("normalized", !special),
      special,
    };
  });
  return { added: read, all: { ids, tokens } };
}

/** Ids are held as float32 on the device, which is exact below 2^24. */
function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 24;
}
