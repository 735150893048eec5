import { type RefusalCode, RefusedFileError, shown } from "./refusal.ts";

/** What is looked at here of a tokenizer.json; the rest is the tokenizer library's. */
export interface TokenizerJson {
  readonly model: { readonly type: "WordPiece" | "BPE" | "Unigram"; readonly unk_token?: unknown };
  readonly added_tokens: readonly AddedToken[];
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

/** Most characters of a tokenizer.json, and most tokens. */
const MAX_LENGTH = 64 * 2 ** 20;
const MAX_TOKENS = 1_000_000;

type Refuse = (code: RefusalCode, what: string, cause?: unknown) => RefusedFileError;

/**
 * Checks that a tokenizer.json is one, and that its vocabulary, merges and added tokens agree; the library assumes so.
 *
 * @throws RefusedFileError
 */
export function parseTokenizerJson(text: string, file: string): TokenizerJson {
  const refuse: Refuse = (code, what, cause) => new RefusedFileError(code, `${file}: ${what}`, undefined, { cause });
  if (text.length > MAX_LENGTH) {
    throw refuse("file-too-large", `it has more than ${MAX_LENGTH.toLocaleString("en")} characters`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("tok-not-json", `it is not valid JSON: ${shown(String(cause))}`, cause);
  }
  if (!isRecord(json)) throw refuse("tok-not-json", "it holds no JSON object");
  if (!isRecord(json.model)) throw refuse("tok-model-missing", "it has no model");
  const model = { ...json.model, type: modelType(json.model, refuse) };
  const vocabulary = vocabularyOf(json.model.vocab, model.type === "Unigram", refuse);
  const added = addedTokens(json.added_tokens ?? [], vocabulary, refuse);
  if (model.type === "BPE") checkMerges(json.model, vocabulary, refuse);
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return { ...parts, ...json, model, added_tokens: added };
}

/** Older files do not say; then it shows in what else the model has. */
function modelType({ type, vocab, merges }: Record<string, unknown>, refuse: Refuse): TokenizerJson["model"]["type"] {
  if (type === undefined) return Array.isArray(vocab) ? "Unigram" : merges ? "BPE" : "WordPiece";
  if (type === "WordPiece" || type === "BPE" || type === "Unigram") return type;
  throw refuse("tok-unsupported", `model type ${shown(String(type))} is not one of WordPiece, BPE, Unigram`);
}

/** Ids by token. */
function vocabularyOf(vocabulary: unknown, isUnigram: boolean, refuse: Refuse): ReadonlyMap<string, number> {
  const isPiece = (piece: unknown) =>
    Array.isArray(piece) && typeof piece[0] === "string" && typeof piece[1] === "number";
  if (isUnigram ? !Array.isArray(vocabulary) || !vocabulary.every(isPiece) : !isRecord(vocabulary)) {
    throw refuse(
      "tok-vocab-bad",
      `its model has no vocabulary of ${isUnigram ? "pieces with scores" : "tokens with ids"}`,
    );
  }
  const entries: [string, unknown][] = isUnigram
    ? (vocabulary as [string, number][]).map(([piece], id) => [piece, id])
    : Object.entries(vocabulary as object);
  if (entries.length > MAX_TOKENS) {
    throw refuse("tok-too-large", `its vocabulary has ${entries.length.toLocaleString("en")} tokens`);
  }
  const ids = entries.map(([, id]) => id);
  if (!ids.every(isId) || new Set(ids).size !== ids.length) {
    throw refuse("tok-vocab-bad", "the ids of its vocabulary are not different whole numbers from 0");
  }
  return new Map(entries as [string, number][]);
}

function addedTokens(added: unknown, vocabulary: ReadonlyMap<string, number>, refuse: Refuse): AddedToken[] {
  if (!Array.isArray(added)) throw refuse("tok-added-bad", "its added tokens are no list");
  const tokens = new Map([...vocabulary].map(([token, id]) => [id, token]));
  const seen = new Set<string>();
  for (const token of added as unknown[]) {
    if (!isRecord(token) || !isId(token.id) || typeof token.content !== "string" || token.content === "") {
      throw refuse("tok-added-bad", "an added token has no id or no content");
    }
    const { id, content } = token;
    const clashes = (tokens.get(id) ?? content) !== content || (vocabulary.get(content) ?? id) !== id;
    if (clashes || seen.has(content)) {
      throw refuse("tok-added-bad", `the added token ${shown(content)} clashes with another token`);
    }
    seen.add(content);
    tokens.set(id, content);
  }
  return added as AddedToken[];
}

/** Byte-pair merges are pairs of tokens that make a token (Sennrich et al., 2016, arXiv 1508.07909). */
function checkMerges(model: Record<string, unknown>, vocabulary: ReadonlyMap<string, number>, refuse: Refuse): void {
  const { merges } = model;
  if (!Array.isArray(merges)) throw refuse("tok-merge-bad", "its model has no list of merges");
  const prefix = typeof model.continuing_subword_prefix === "string" ? model.continuing_subword_prefix : "";
  for (const merge of merges as unknown[]) {
    const pair: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw refuse("tok-merge-bad", `the merge ${shown(JSON.stringify(merge))} is no pair of tokens`);
    }
    const joined = left + (prefix && right.startsWith(prefix) ? right.slice(prefix.length) : right);
    if (![left, right, joined].every((token) => vocabulary.has(token))) {
      throw refuse("tok-merge-bad", `the merge of ${shown(left)} and ${shown(right)} is not among its tokens`);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Ids are held as float32 on the device, which is exact below 2^24. */
function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 24;
}
