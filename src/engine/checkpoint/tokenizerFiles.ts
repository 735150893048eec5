import { type Fields, readFields } from "./config/fields.ts";
import { type CheckpointFiles, readText } from "./files.ts";
import { RefusedFileError } from "./refusal.ts";
import { plainInteger } from "./strictJson.ts";
import { checkTokenizer, parseTokenizerJson } from "./tokenizer/json.ts";
import { byteLevelJson, wordPieceJson } from "./tokenizer/older.ts";
import { type TextTokenizer, type TokenizerOptions, tokenizerOf } from "./tokenizer.ts";

/** Chat templates and tables of added tokens make this file long. */
const MAX_CONFIG = 16 * 2 ** 20;
const MAX_TOKENIZER = 64 * 2 ** 20;

/**
 * A checkpoint's tokenizer: of tokenizer.json, or of vocab.json and merges.txt (GPT-2, RoBERTa), or of vocab.txt
 * (BERT). The latter two become the tokenizer.json that says the same and go the same way.
 *
 * @param options what config.json says.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function readTokenizer(files: CheckpointFiles, options: TokenizerOptions): Promise<TextTokenizer> {
  const has = (...names: readonly string[]) => names.every((name) => files.names.includes(name));
  const settings = has("tokenizer_config.json")
    ? readFields(await readText(files, "tokenizer_config.json", "config-not-json"), "tokenizer_config.json", MAX_CONFIG)
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
    if (content.length <= MAX_TOKENIZER) return content;
    throw new RefusedFileError(
      "file-too-large",
      `${file} has more than ${MAX_TOKENIZER.toLocaleString("en")} characters`,
    );
  };
  if (has("tokenizer.json")) {
    return tokenizerOf(parseTokenizerJson(await text("tokenizer.json"), "tokenizer.json"), all, "tokenizer.json");
  }
  const added = has("added_tokens.json") ? addedTokens(await text("added_tokens.json")) : new Map<string, number>();
  if (has("vocab.json", "merges.txt")) {
    const json = byteLevelJson(await text("vocab.json"), await text("merges.txt"), {
      added,
      addPrefixSpace: settings?.flag("add_prefix_space", false) ?? false,
    });
    return tokenizerOf(checkTokenizer(json, "vocab.json"), all, "vocab.json");
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
    return tokenizerOf(checkTokenizer(json, "vocab.txt"), { ...all, cleansSpaces }, "vocab.txt");
  }
  const isForeign = files.names.some((name) => /^(tokenizer|spiece|sentencepiece.*)\.model$/.test(name));
  throw new RefusedFileError(
    "file-missing",
    "tokenizer.json is missing",
    isForeign
      ? "Tokenizers of sentencepiece are read as tokenizer.json: save_pretrained in transformers writes it."
      : "It, or vocab.json with merges.txt, or vocab.txt belongs to the checkpoint; give all files of its folder.",
  );
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
