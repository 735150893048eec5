import { CheckpointError } from "../errors.ts";
import { RefusedFileError } from "./refusal.ts";
import { withoutSpaces } from "./tokenizer/decoders.ts";
import { type CheckedTokenizer, parseTokenizerJson } from "./tokenizer/json.ts";

/** A text as token ids, special tokens included. */
export interface EncodedText {
  /** Never empty: a text without any token becomes the unknown token. */
  readonly ids: number[];
  /** 0 for the first text and 1 for the second, an entry per id. */
  readonly segments: number[];
  /** Whether tokens were cut to fit `maxTokens`. */
  readonly truncated: boolean;
}

export interface EncodeOptions {
  /** The second text of a pair. */
  readonly second?: string;
  readonly maxTokens?: number;
  /** Whether no special tokens are put around, as inside a longer text. */
  readonly bare?: boolean;
}

/** Turns text into token ids and back, as a checkpoint's tokenizer does. */
export interface TextTokenizer {
  /** The file that it comes from. */
  readonly name: string;
  readonly vocabularySize: number;
  /** Fills up short rows; where a tokenizer has no such token this is 0, which masks hide. */
  readonly padId: number;
  /** Starts a text in some language models. */
  readonly beginOfTextId?: number;
  /** Ends a text in language models. */
  readonly endOfTextId?: number;
  /**
   * Special tokens are kept when a text is cut to `maxTokens`; of a pair the longer text loses tokens first. With
   * `bare` there are none, as inside a longer text.
   *
   * @throws CheckpointError when `maxTokens` has no room for the special tokens, or the tokenizer knows no pairs.
   */
  encode(text: string, options?: EncodeOptions): EncodedText;
  /** The text of ids, without special tokens. */
  decode(ids: readonly number[]): string;
}

/**
 * What other files of a checkpoint say of its tokenizer. Tokens that mean something to the model and are left out are
 * found by the names that such tokens usually have.
 */
export interface TokenizerOptions {
  /** Ids that config.json names; they win. */
  readonly padId?: number | undefined;
  readonly beginOfTextId?: number | undefined;
  readonly endOfTextId?: number | undefined;
  /** Tokens that tokenizer_config.json names. */
  readonly pad?: string | undefined;
  readonly beginOfText?: string | undefined;
  readonly endOfText?: string | undefined;
  /** Whether blanks before punctuation go when ids become text; false unless given. */
  readonly cleansSpaces?: boolean | undefined;
}

const usualPads = ["[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>"];
const usualBegins = ["<s>", "<bos>", "<|begin_of_text|>"];
const usualEnds = ["<|endoftext|>", "</s>", "<eos>", "<|end_of_text|>"];
const usualUnknowns = ["[UNK]", "<unk>"];

/**
 * A tokenizer as Hugging Face's tokenizer.json describes it.
 *
 * @throws RefusedFileError
 */
export function createTokenizer(text: string, options: TokenizerOptions = {}, file = "tokenizer.json"): TextTokenizer {
  return tokenizerOf(parseTokenizerJson(text, file), options, file);
}

/** A tokenizer of what has been checked. @param file for messages. @throws RefusedFileError */
export function tokenizerOf(checked: CheckedTokenizer, options: TokenizerOptions, file: string): TextTokenizer {
  const { padId, beginOfTextId, endOfTextId } = options;
  for (const [name, id] of Object.entries({ padId, beginOfTextId, endOfTextId })) {
    if (id !== undefined && checked.tokenOf(id) === undefined) {
      throw new RefusedFileError(
        "tok-special-missing",
        `${file} has no token ${id}, which config.json names as ${name}`,
      );
    }
  }
  const find = (names: readonly (string | undefined)[]) =>
    names.map((name) => (name === undefined ? undefined : checked.idOf(name))).find((id) => id !== undefined);
  const end = endOfTextId ?? find([options.endOfText, ...usualEnds]);
  return new CheckedTextTokenizer(file, checked, options.cleansSpaces ?? false, {
    pad: padId ?? find([options.pad, ...usualPads]) ?? 0,
    begin: beginOfTextId ?? find([options.beginOfText, ...usualBegins]),
    end,
    unknown: find([checked.unknown, ...usualUnknowns]) ?? end ?? 0,
  });
}

class CheckedTextTokenizer implements TextTokenizer {
  readonly name: string;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly beginOfTextId?: number;
  readonly endOfTextId?: number;
  readonly #checked: CheckedTokenizer;
  readonly #cleansSpaces: boolean;
  readonly #unknownId: number;

  constructor(
    name: string,
    checked: CheckedTokenizer,
    cleansSpaces: boolean,
    ids: {
      readonly pad: number;
      readonly begin: number | undefined;
      readonly end: number | undefined;
      readonly unknown: number;
    },
  ) {
    this.name = name;
    this.#checked = checked;
    this.#cleansSpaces = cleansSpaces;
    this.vocabularySize = checked.size;
    this.padId = ids.pad;
    this.#unknownId = ids.unknown;
    if (ids.begin !== undefined) this.beginOfTextId = ids.begin;
    if (ids.end !== undefined) this.endOfTextId = ids.end;
  }

  encode(text: string, options: EncodeOptions = {}): EncodedText {
    const { second, maxTokens = Number.POSITIVE_INFINITY, bare = false } = options;
    const first = this.#idsOf(text);
    const other = second === undefined ? undefined : this.#idsOf(second);
    const room = maxTokens - this.#joined([], other && [], bare).ids.length;
    if (room < (other ? 2 : 1)) {
      throw new CheckpointError(
        `${maxTokens} tokens have no room for a text and its special tokens`,
        "Allow longer texts.",
      );
    }
    const [firstKept, otherKept] = kept(first.length, other?.length ?? 0, room);
    const { ids, segments } = this.#joined(first.slice(0, firstKept), other?.slice(0, otherKept), bare);
    const truncated = firstKept < first.length || (other !== undefined && otherKept < other.length);
    return ids.length > 0 ? { ids, segments, truncated } : { ids: [this.#unknownId], segments: [0], truncated };
  }

  /** A token beyond the last that the model has an embedding for is unknown to it. */
  #idsOf(text: string): number[] {
    const ids = this.#checked.split(text);
    const { vocabularySize: size } = this;
    return ids.some((id) => id >= size) ? ids.map((id) => (id < size ? id : this.#unknownId)) : ids;
  }

  decode(ids: readonly number[]): string {
    const text = this.#checked.join(ids);
    return this.#cleansSpaces ? withoutSpaces(text) : text;
  }

  /** Puts special tokens around texts, unless they stay `bare`. */
  #joined(first: number[], second: number[] | undefined, bare: boolean): { ids: number[]; segments: number[] } {
    const template = bare ? undefined : this.#checked.template;
    if (second && !template) {
      throw new CheckpointError(
        "this tokenizer has no way to pack two texts into one sequence",
        "Encode the texts apart.",
      );
    }
    if (!template) return { ids: first, segments: first.map(() => 0) };
    const parts = (second ? template.pair : template.single).map(({ of, segment }) => {
      return { ids: of === "A" ? first : of === "B" ? second! : [of], segment };
    });
    return {
      ids: parts.flatMap((part) => part.ids),
      segments: parts.flatMap((part) => part.ids.map(() => part.segment)),
    };
  }
}

/** How many tokens of two texts stay when `room` is left: the longer one is cut first, then both alike. */
function kept(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second, Math.floor(room / 2));
  return first > second ? [room - shorter, shorter] : [shorter, room - shorter];
}
