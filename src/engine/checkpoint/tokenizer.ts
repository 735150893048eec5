import { Tokenizer } from "@huggingface/tokenizers";
import { CheckpointError, EngineError } from "../errors.ts";
import { RefusedFileError, shown } from "./refusal.ts";
import { type CheckedTokenizer, parseTokenizerJson } from "./tokenizer/json.ts";
import { boundNormalizer } from "./tokenizer/normalizers.ts";

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
  /** Whether the tokens are put around that the tokenizer puts around every text; true unless given. */
  readonly specialTokens?: boolean;
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
   * Special tokens are kept when a text is cut to `maxTokens`; of a pair the longer text loses tokens first.
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
  let library: Tokenizer;
  try {
    library = new Tokenizer(checked.json, { clean_up_tokenization_spaces: options.cleansSpaces ?? false });
  } catch (cause) {
    throw new RefusedFileError("tok-unsupported", `${file} cannot be used: ${shown(messageOf(cause))}`, undefined, {
      cause,
    });
  }
  boundNormalizer(library, file);
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
  return new LibraryTokenizer(file, library, checked, {
    pad: padId ?? find([options.pad, ...usualPads]) ?? 0,
    begin: beginOfTextId ?? find([options.beginOfText, ...usualBegins]),
    end,
    unknown: find([checked.unknown, ...usualUnknowns]) ?? end ?? 0,
  });
}

class LibraryTokenizer implements TextTokenizer {
  readonly name: string;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly beginOfTextId?: number;
  readonly endOfTextId?: number;
  readonly #library: Tokenizer;
  readonly #checked: CheckedTokenizer;
  readonly #unknownId: number;

  constructor(
    name: string,
    library: Tokenizer,
    checked: CheckedTokenizer,
    ids: {
      readonly pad: number;
      readonly begin: number | undefined;
      readonly end: number | undefined;
      readonly unknown: number;
    },
  ) {
    this.name = name;
    this.#library = library;
    this.#checked = checked;
    this.vocabularySize = checked.size;
    this.padId = ids.pad;
    this.#unknownId = ids.unknown;
    if (ids.begin !== undefined) this.beginOfTextId = ids.begin;
    if (ids.end !== undefined) this.endOfTextId = ids.end;
  }

  encode(text: string, options: EncodeOptions = {}): EncodedText {
    const { second, maxTokens = Number.POSITIVE_INFINITY, specialTokens = true } = options;
    const first = this.#pieces(text);
    const other = second === undefined ? undefined : this.#pieces(second);
    const room = maxTokens - this.#joined([], other && [], specialTokens).tokens.length;
    if (room < (other ? 2 : 1)) {
      throw new CheckpointError(
        `${maxTokens} tokens have no room for a text and its special tokens`,
        "Allow longer texts.",
      );
    }
    const [firstKept, otherKept] = kept(first.length, other?.length ?? 0, room);
    const { tokens, segments } = this.#joined(first.slice(0, firstKept), other?.slice(0, otherKept), specialTokens);
    const ids = tokens.map((token) => this.#checked.idOf(token) ?? this.#unknownId);
    const truncated = firstKept < first.length || (other !== undefined && otherKept < other.length);
    return ids.length > 0 ? { ids, segments, truncated } : { ids: [this.#unknownId], segments: [0], truncated };
  }

  decode(ids: readonly number[]): string {
    return ids.length === 0 ? "" : this.#library.decode([...ids], { skip_special_tokens: true });
  }

  #pieces(text: string): string[] {
    let pieces: string[];
    try {
      pieces = this.#library.tokenize(text, { add_special_tokens: false });
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      throw new CheckpointError(`${this.name} failed on a text: ${messageOf(cause)}`, "Make the text shorter.", {
        cause,
      });
    }
    return this.#checked.needsByteFallback ? pieces.flatMap((piece) => this.#bytes(piece)) : pieces;
  }

  /** A piece that is no token as the tokens of its bytes, where there are such. */
  #bytes(piece: string): string[] {
    if (this.#checked.idOf(piece) !== undefined) return [piece];
    const bytes = Array.from(new TextEncoder().encode(piece), (byte) => {
      return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    });
    return bytes.every((byte) => this.#checked.idOf(byte) !== undefined) ? bytes : [piece];
  }

  /** Puts special tokens around texts that are tokens already. */
  #joined(
    first: string[],
    second: string[] | undefined,
    specialTokens: boolean,
  ): { tokens: string[]; segments: number[] } {
    const processor = this.#library.post_processor;
    const { tokens, token_type_ids: types } = processor?.post_process(first, second ?? null, specialTokens) ?? {
      tokens: first,
    };
    if (second && !types) {
      throw new CheckpointError(
        "this tokenizer has no way to pack two texts into one sequence",
        "Encode the texts apart.",
      );
    }
    return { tokens, segments: types ?? tokens.map(() => 0) };
  }
}

/** How many tokens of two texts stay when `room` is left: the longer one is cut first, then both alike. */
function kept(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second, Math.floor(room / 2));
  return first > second ? [room - shorter, shorter] : [shorter, room - shorter];
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
