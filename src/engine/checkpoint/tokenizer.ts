import { Tokenizer } from "@huggingface/tokenizers";
import { CheckpointError } from "../errors.ts";
import { RefusedFileError, shown } from "./refusal.ts";
import { parseTokenizerJson } from "./tokenizerJson.ts";

/** A text as token ids, special tokens included. */
export interface EncodedText {
  /** Never empty: a text without any token becomes the unknown token. */
  readonly ids: number[];
  /** 0 for the first text and 1 for the second, an entry per id. */
  readonly segments: number[];
  /** Whether tokens were cut to fit `maxTokens`. */
  readonly truncated: boolean;
}

/** Turns text into token ids and back, by a checkpoint's tokenizer.json. */
export interface TextTokenizer {
  readonly vocabularySize: number;
  /** Fills up short rows; where a tokenizer has no such token this is 0, which masks hide. */
  readonly padId: number;
  /** Ends a text in language models. */
  readonly endOfTextId?: number;
  /**
   * Special tokens are kept when a text is cut to `maxTokens`; of a pair the longer text loses tokens first. With
   * `bare` there are none, as inside a longer text.
   *
   * @throws CheckpointError when `maxTokens` has no room for the special tokens, or the tokenizer knows no pairs.
   */
  encode(
    text: string,
    options?: { readonly second?: string; readonly maxTokens?: number; readonly bare?: boolean },
  ): EncodedText;
  /** The text of ids, without special tokens. */
  decode(ids: readonly number[]): string;
}

/**
 * A tokenizer as Hugging Face's tokenizer.json describes it.
 *
 * @param special ids that config.json names; they win over what the vocabulary suggests.
 * @throws RefusedFileError
 */
export function createTokenizer(
  text: string,
  special: { readonly padId?: number | undefined; readonly endOfTextId?: number | undefined } = {},
  file = "tokenizer.json",
): TextTokenizer {
  const json = parseTokenizerJson(text, file);
  let library: Tokenizer;
  try {
    library = new Tokenizer(json, { clean_up_tokenization_spaces: false });
  } catch (cause) {
    throw new RefusedFileError("tok-unsupported", `${file} cannot be used: ${shown(messageOf(cause))}`, undefined, {
      cause,
    });
  }
  // Ids may have gaps; what counts is how far they reach.
  const vocabularySize = library.model?.vocab.length ?? 0;
  const find = (names: readonly string[]) =>
    names.map((name) => library.token_to_id(name)).find((id) => id !== undefined);
  for (const [name, id] of Object.entries(special)) {
    if (id !== undefined && library.id_to_token(id) === undefined) {
      throw new RefusedFileError(
        "tok-special-missing",
        `${file} has no token ${id}, which config.json names as ${name}`,
      );
    }
  }
  for (const second of [null, []]) {
    const { tokens } = library.post_processor?.post_process([], second, true) ?? { tokens: [] };
    const unknown = tokens.find((token) => library.token_to_id(token) === undefined);
    if (unknown !== undefined) {
      throw new RefusedFileError(
        "tok-special-missing",
        `${file} puts ${shown(unknown)} around texts, which is not among its tokens`,
      );
    }
  }
  const endOfTextId = special.endOfTextId ?? find(["<|endoftext|>", "</s>"]);
  return new LibraryTokenizer(library, {
    vocabularySize,
    padId: special.padId ?? find(["[PAD]", "<pad>"]) ?? 0,
    unknownId: find([String(json.model.unk_token ?? ""), "[UNK]", "<unk>"]) ?? endOfTextId ?? 0,
    endOfTextId,
  });
}

class LibraryTokenizer implements TextTokenizer {
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endOfTextId?: number;
  readonly #library: Tokenizer;
  readonly #unknownId: number;

  constructor(
    library: Tokenizer,
    ids: { vocabularySize: number; padId: number; unknownId: number; endOfTextId: number | undefined },
  ) {
    this.#library = library;
    this.vocabularySize = ids.vocabularySize;
    this.padId = ids.padId;
    this.#unknownId = ids.unknownId;
    if (ids.endOfTextId !== undefined) this.endOfTextId = ids.endOfTextId;
  }

  encode(
    text: string,
    options: { readonly second?: string; readonly maxTokens?: number; readonly bare?: boolean } = {},
  ): EncodedText {
    const { second, maxTokens = Number.POSITIVE_INFINITY, bare = false } = options;
    const first = this.#pieces(text);
    const other = second === undefined ? undefined : this.#pieces(second);
    const room = maxTokens - this.#joined([], other && [], bare).tokens.length;
    if (room < (other ? 2 : 1)) {
      throw new CheckpointError(
        `${maxTokens} tokens have no room for a text and its special tokens`,
        "Allow longer texts.",
      );
    }
    const [firstKept, otherKept] = kept(first.length, other?.length ?? 0, room);
    const { tokens, segments } = this.#joined(first.slice(0, firstKept), other?.slice(0, otherKept), bare);
    const ids = tokens.map((token) => this.#library.token_to_id(token) ?? this.#unknownId);
    const truncated = firstKept < first.length || (other !== undefined && otherKept < other.length);
    return ids.length > 0 ? { ids, segments, truncated } : { ids: [this.#unknownId], segments: [0], truncated };
  }

  decode(ids: readonly number[]): string {
    return ids.length === 0 ? "" : this.#library.decode([...ids], { skip_special_tokens: true });
  }

  #pieces(text: string): string[] {
    return this.#library.tokenize(text, { add_special_tokens: false });
  }

  /** Puts special tokens around texts that are tokens already, unless they stay `bare`. */
  #joined(first: string[], second: string[] | undefined, bare: boolean): { tokens: string[]; segments: number[] } {
    const processor = bare ? null : this.#library.post_processor;
    const { tokens, token_type_ids: types } = processor?.post_process(first, second ?? null, true) ?? {
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
