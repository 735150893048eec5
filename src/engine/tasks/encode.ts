import type { TextTokenizer } from "../checkpoint/tokenizer.ts";
import type { Example } from "./task.ts";

/** A text, or a packed pair, as the model will see it. */
export interface EncodedRow {
  readonly ids: readonly number[];
  readonly segments: readonly number[];
}

/** One example: one row, or two where sentences are encoded apart. */
export interface EncodedExample {
  readonly rows: readonly EncodedRow[];
  /** What an encoder–decoder's decoder reads. */
  readonly decoder?: readonly number[];
  /** One label, or where tokens are predicted the next token of every position (of `decoder` where there is one). */
  readonly labels: readonly number[];
  /** How much each label counts; 1 when absent. */
  readonly weights?: readonly number[];
}

export interface Encoded {
  readonly examples: readonly EncodedExample[];
  /** Texts that were cut, and all texts. */
  readonly truncated: number;
  readonly total: number;
}

/** Tokenises examples, each as one row or, as two towers, as one row per sentence. */
export function encodeExamples(
  examples: readonly Example[],
  tokenizer: TextTokenizer,
  options: { readonly maxTokens: number; readonly pairing: "packed" | "two-towers" },
): Encoded {
  const { maxTokens, pairing } = options;
  let truncated = 0;
  let total = 0;
  const encode = (text: string, second?: string): EncodedRow => {
    const encoded = tokenizer.encode(text, { maxTokens, ...(second !== undefined && { second }) });
    total++;
    if (encoded.truncated) truncated++;
    return { ids: encoded.ids, segments: encoded.segments };
  };
  const encoded = examples.map(({ text, second, label }) => {
    const apart = second !== undefined && pairing === "two-towers";
    return { rows: apart ? [encode(text), encode(second)] : [encode(text, second)], labels: [label ?? 0] };
  });
  return { examples: encoded, truncated, total };
}

/**
 * Tokenises texts as one long line each and cuts the whole into windows of `maxTokens` tokens, with the next token as
 * each position's label. What is left over at the end makes a shorter window.
 */
export function encodeWindows(examples: readonly Example[], tokenizer: TextTokenizer, maxTokens: number): Encoded {
  const ids = tokenizer.encode(examples.map(({ text }) => text).join("\n")).ids;
  const windows: EncodedExample[] = [];
  for (let from = 0; from + 1 < ids.length; from += maxTokens) {
    const inputs = ids.slice(from, Math.min(from + maxTokens, ids.length - 1));
    const labels = ids.slice(from + 1, from + 1 + inputs.length);
    windows.push({ rows: [{ ids: inputs, segments: inputs.map(() => 0) }], labels });
  }
  return { examples: windows, truncated: 0, total: examples.length };
}

/** Tokens of the longest row, the decoder's included. */
export function lengthOf({ rows, decoder = [] }: EncodedExample): number {
  return Math.max(decoder.length, ...rows.map(({ ids }) => ids.length));
}
