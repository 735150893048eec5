import { type Fields, readFields } from "./config/fields.ts";
import { type CheckpointFiles, givenNames, readText } from "./files.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { BYTE_ORDER_MARK, plainInteger, plainJson } from "./strictJson.ts";
import { type CheckedTokenizer, checkTokenizer, parseTokenizerJson } from "./tokenizer/json.ts";
import { byteLevelJson, wordPieceJson } from "./tokenizer/older.ts";
import { type TextTokenizer, type TokenizerOptions, tokenizerOf } from "./tokenizer.ts";

/** Chat templates and tables of added tokens make this file long. */
const MAX_CONFIG = 16 * 2 ** 20;
const MAX_TOKENIZER = 64 * 2 ** 20;

const SETTINGS = "tokenizer_config.json";
const ADDED = "added_tokens.json";

/** What a tokenizer has to fit, and who is told where it does not quite. */
export interface TokenizerFit {
  /** Rows of the model's word embedding: ids from here on cannot be used. */
  readonly rows: number;
  readonly tell: (message: string) => void;
}

/**
 * A checkpoint's tokenizer: of tokenizer.json, or of vocab.json and merges.txt (GPT-2, RoBERTa), or of vocab.txt
 * (BERT). The latter two become the tokenizer.json that says the same and go the same way.
 *
 * @param options what config.json says.
 * @param fit where there is a model that it is for.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function readTokenizer(
  files: CheckpointFiles,
  options: TokenizerOptions,
  fit?: TokenizerFit,
): Promise<TextTokenizer> {
  const parts = tokenizerParts(files.names);
  const has = (name: string) => parts.includes(name);
  const settings = has(SETTINGS)
    ? readFields(await readText(files, SETTINGS, "config-not-json"), SETTINGS, MAX_CONFIG)
    : undefined;
  const all: TokenizerOptions = {
    pad: specialToken(settings, "pad_token"),
    beginOfText: specialToken(settings, "bos_token"),
    endOfText: specialToken(settings, "eos_token"),
    cleansSpaces: settings?.flag("clean_up_tokenization_spaces", false),
    ...options,
  };
  const text = async (file: string) => {
    const content = await readText(files, file, "tok-not-json");
    if (content.length > MAX_TOKENIZER) {
      throw new RefusedFileError(
        "file-too-large",
        `${file} has more than ${MAX_TOKENIZER.toLocaleString("en")} characters`,
      );
    }
    if (file.endsWith(".json")) return plainJson(content);
    return content.startsWith(BYTE_ORDER_MARK) ? content.slice(1) : content;
  };
  if (has("tokenizer.json")) {
    return fitted(parseTokenizerJson(await text("tokenizer.json"), "tokenizer.json"), all, "tokenizer.json", fit);
  }
  const added = has(ADDED) ? addedTokens(await text(ADDED)) : new Map<string, number>();
  if (has("vocab.json")) {
    const json = byteLevelJson(await text("vocab.json"), await text("merges.txt"), {
      added,
      addPrefixSpace: settings?.flag("add_prefix_space", false) ?? false,
    });
    return fitted(checkTokenizer(json, "vocab.json"), all, "vocab.json", fit);
  }
  if (has("vocab.txt")) {
    const cleansSpaces = settings?.flag("clean_up_tokenization_spaces", true) ?? true;
    const name = (key: string, usual: string) => specialToken(settings, key) ?? usual;
    const json = wordPieceJson(await text("vocab.txt"), {
      added,
      lowercase: settings?.flag("do_lower_case", true) ?? true,
      // Absent, accents go with the case.
      stripAccents: settings?.has("strip_accents") ? settings.flag("strip_accents", true) : undefined,
      chineseApart: settings?.flag("tokenize_chinese_chars", true) ?? true,
      unknown: name("unk_token", "[UNK]"),
      start: name("cls_token", "[CLS]"),
      separator: name("sep_token", "[SEP]"),
      others: [name("pad_token", "[PAD]"), name("mask_token", "[MASK]")],
    });
    return fitted(checkTokenizer(json, "vocab.txt"), { ...all, cleansSpaces }, "vocab.txt", fit);
  }
  const isForeign = givenNames(files).some((name) => /(^|\/)(tokenizer|spiece|sentencepiece.*)\.model$/.test(name));
  throw new RefusedFileError(
    "file-missing",
    "tokenizer.json is missing",
    isForeign
      ? "Tokenizers of sentencepiece are read as tokenizer.json: save_pretrained in transformers writes it."
      : "It, or vocab.json with merges.txt, or vocab.txt belongs to the checkpoint; give all files of its folder.",
  );
}

/** The files among these that a tokenizer is read from; what says the same in an older way is not among them. */
export function tokenizerParts(names: readonly string[]): readonly string[] {
  const has = (name: string) => names.includes(name);
  const settings = has(SETTINGS) ? [SETTINGS] : [];
  if (has("tokenizer.json")) return [...settings, "tokenizer.json"];
  const added = has(ADDED) ? [ADDED] : [];
  if (has("vocab.json") && has("merges.txt")) return [...settings, ...added, "vocab.json", "merges.txt"];
  if (has("vocab.txt")) return [...settings, ...added, "vocab.txt"];
  return settings;
}

/**
 * A tokenizer that gives no id beyond the model's rows. Added tokens may lie there, as a padding token does that nobody
 * made room for; words of its vocabulary may not. Special tokens that config.json names and it does not have are its own.
 *
 * @throws RefusedFileError
 */
function fitted(
  checked: CheckedTokenizer,
  options: TokenizerOptions,
  file: string,
  fit: TokenizerFit | undefined,
): TextTokenizer {
  if (!fit) return tokenizerOf(checked, options, file);
  const { rows, tell } = fit;
  const known = (id: number | undefined, key: string) => {
    if (id === undefined || checked.tokenOf(id) !== undefined) return id;
    tell(`${file} has no token ${id}, which config.json names as ${key}. Its own is used instead.`);
    return undefined;
  };
  const padId = known(options.padId, "pad_token_id");
  const own = { ...options, padId, endOfTextId: known(options.endOfTextId, "eos_token_id") };
  if (checked.size <= rows) return tokenizerOf(checked, own, file);

  const beyond: string[] = [];
  let isOfVocabulary = false;
  for (let id = rows; id < checked.size; id++) {
    const token = checked.tokenOf(id);
    if (token === undefined) continue;
    beyond.push(`${token} (${id})`);
    isOfVocabulary ||= !checked.added.has(token);
  }
  const isUsed = () =>
    tokenizerOf(checked, own, file)
      .encode("a")
      .ids.some((id) => id >= rows);
  if (isOfVocabulary || isUsed()) {
    throw new RefusedFileError(
      "config-inconsistent",
      `${file} has ${checked.size} tokens, but config.json says that the model knows ${rows}`,
      isOfVocabulary
        ? "Take both files from the same checkpoint."
        : `Every text would have one of ${listed(beyond)}: resize the model's embedding in Python with model.resize_token_embeddings(${checked.size}), and save it again.`,
    );
  }
  tell(
    `The model has no embedding for ${listed(beyond)} of ${file}. A text that has one gets the unknown token in its place.`,
  );
  const idOf = (token: string) => {
    const id = checked.idOf(token);
    return id !== undefined && id < rows ? id : undefined;
  };
  return tokenizerOf({ ...checked, idOf, size: rows }, own, file);
}

/** A token by what tokenizer_config.json calls it: its text, or an object that has it as `content`. */
function specialToken(settings: Fields | undefined, key: string): string | undefined {
  if (!settings?.has(key)) return undefined;
  return settings.isNested(key) ? settings.nested(key)?.text("content") : settings.text(key);
}

function addedTokens(text: string): ReadonlyMap<string, number> {
  const ids = readFields(text, "added_tokens.json", MAX_CONFIG).entries();
  return new Map(
    ids.map(([token, id]) => {
      const whole = plainInteger(id);
      if (whole === undefined) {
        throw new RefusedFileError("tok-added-bad", `added_tokens.json: the id of ${token} is no whole number`);
      }
      return [token, whole];
    }),
  );
}
