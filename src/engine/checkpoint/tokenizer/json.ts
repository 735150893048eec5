import { type RefusalCode, RefusedFileError, shown } from "../refusal.ts";
import { outgrown } from "../strictJson.ts";
import { addedTokenSplitter } from "./addedTokens.ts";
import { readDecoder } from "./decoders.ts";
import { readModel } from "./model.ts";
import { readNormalizer } from "./normalizers.ts";
import { isRecord } from "./part.ts";
import { readPostProcessor, type Template } from "./postProcessor.ts";
import { readPreTokenizer, wordsApart } from "./preTokenizers.ts";
import { textSplitter } from "./splitter.ts";
import { MAX_TOKENS, readAddedTokens } from "./vocabulary.ts";

/** A tokenizer.json of which every part is known and agrees with the others. */
export interface CheckedTokenizer {
  /** The ids of a text, without tokens around it. @throws RefusedFileError when its normalizer blows the text up. */
  readonly split: (text: string) => number[];
  /** The text of ids, without special tokens. */
  readonly join: (ids: readonly number[]) => string;
  /** What is put around texts. */
  readonly template: Template | undefined;
  /** Texts of added tokens, which may lie beyond those of the model's own vocabulary. */
  readonly added: ReadonlySet<string>;
  readonly idOf: (token: string) => number | undefined;
  readonly tokenOf: (id: number) => string | undefined;
  /** One more than the largest id; ids may have gaps. */
  readonly size: number;
  readonly unknown: string | undefined;
}

/** Most characters of a tokenizer.json, and most levels. */
const MAX_LENGTH = 64 * 2 ** 20;
const MAX_DEPTH = 64;

/**
 * Checks a tokenizer.json as a whole: that every component is known, and that vocabulary, merges, added and special
 * tokens agree.
 *
 * @throws RefusedFileError
 */
export function parseTokenizerJson(text: string, file: string): CheckedTokenizer {
  const refuse = (code: RefusalCode, what: string, cause?: unknown) =>
    new RefusedFileError(code, `${file}: ${what}`, undefined, { cause });
  if (text.length > MAX_LENGTH) {
    throw refuse("file-too-large", `it has more than ${MAX_LENGTH.toLocaleString("en")} characters`);
  }
  switch (outgrown(text, { depth: MAX_DEPTH, entries: MAX_TOKENS })) {
    case "depth":
      throw refuse("tok-too-deep", `it has more than ${MAX_DEPTH} levels`);
    case "entries":
      throw refuse("tok-too-large", `it has more than ${MAX_TOKENS.toLocaleString("en")} entries in one place`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("tok-not-json", `it is not valid JSON: ${shown(String(cause))}`, cause);
  }
  if (!isRecord(json)) throw refuse("tok-not-json", "it holds no JSON object");
  return checkTokenizer(json, file);
}

/** Like `parseTokenizerJson`, of a tokenizer.json that was made here. @throws RefusedFileError */
export function checkTokenizer(json: Readonly<Record<string, unknown>>, file: string): CheckedTokenizer {
  const refuse = (code: RefusalCode, what: string, cause?: unknown) =>
    new RefusedFileError(code, `${file}: ${what}`, undefined, { cause });
  const part = (key: string) => (Object.hasOwn(json, key) ? json[key] : undefined);
  const given = part("model");
  if (!isRecord(given)) throw refuse("tok-model-missing", "it has no model");
  const model = readModel(given, refuse);
  const { added, all } = readAddedTokens(part("added_tokens") ?? [], model.vocabulary, refuse);
  const idOf = (token: string) => all.ids.get(token);
  const tokenOf = (id: number) => all.tokens.get(id);
  if (model.unknown !== undefined && idOf(model.unknown) === undefined) {
    throw refuse("tok-special-missing", `its unknown token ${shown(model.unknown)} is not among its tokens`);
  }
  const preTokenizers = readPreTokenizer(part("pre_tokenizer"), refuse);
  // Without any, a whole text is one word: slow, and the same as words apart where no merge goes across their borders.
  if (preTokenizers.length === 0 && model.hasWordsApart) preTokenizers.push(wordsApart);
  const split = textSplitter(
    addedTokenSplitter(added, readNormalizer(part("normalizer"), refuse, file)),
    preTokenizers,
    model.splitter(model.unknown === undefined ? undefined : idOf(model.unknown)),
  );
  const decoders = readDecoder(part("decoder"), refuse);
  const special = new Set(added.filter((token) => token.special).map(({ id }) => id));
  const join = (ids: readonly number[]) => {
    const tokens = ids.flatMap((id) => (special.has(id) ? [] : (tokenOf(id) ?? [])));
    if (decoders.length === 0) return tokens.join(" ");
    return decoders.reduce<readonly string[]>((parts, decode) => decode(parts), tokens).join("");
  };
  return {
    split,
    join,
    template: readPostProcessor(part("post_processor"), tokenOf, idOf, refuse),
    added: new Set(added.map(({ content }) => content)),
    idOf,
    tokenOf,
    size: [...all.tokens.keys()].reduce((most, id) => Math.max(most, id + 1), 0),
    unknown: model.unknown,
  };
}
