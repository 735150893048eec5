import type { TextTokenizer } from "../checkpoint/tokenizer.ts";
import type { Encoded, EncodedExample } from "./encode.ts";
import type { Example } from "./task.ts";

/** What stands between a prompt and its completion where both are one row. */
const SEPARATOR = "\n";

export interface CompletionOptions {
  /** Tokens of a row; an encoder–decoder has one row for the prompt and one for the completion. */
  readonly maxTokens: number;
  /** What an encoder–decoder's decoder begins with; absent where one row holds prompt and completion. */
  readonly decoderStart?: number | undefined;
}

/** An example, and how many of its two texts were cut. */
interface Fitted {
  readonly example: EncodedExample;
  readonly cut: number;
}

/**
 * Tokenises prompts (`text`) and completions (`second`), with the loss on the completion and the end of text after it.
 *
 * A decoder reads "prompt ⏎ completion" as one row; where that is too long, the longer of both is cut first. An
 * encoder–decoder reads the prompt in its encoder, and its decoder has at every position what should stand before it.
 * A completion that was cut has no end.
 */
export function encodeCompletions(
  examples: readonly Example[],
  tokenizer: TextTokenizer,
  options: CompletionOptions,
): Encoded {
  const fitted = examples.map((example) =>
    options.decoderStart === undefined
      ? oneRow(example, tokenizer, options.maxTokens)
      : twoSides(example, tokenizer, options.maxTokens, options.decoderStart),
  );
  return {
    examples: fitted.map(({ example }) => example),
    truncated: fitted.reduce((sum, { cut }) => sum + cut, 0),
    total: 2 * examples.length,
  };
}

/** A prompt alone, as the completions of `encodeCompletions` follow it. */
export function encodePrompt(text: string, tokenizer: TextTokenizer, options: CompletionOptions): number[] {
  const { maxTokens, decoderStart } = options;
  if (decoderStart !== undefined) return tokenizer.encode(text, { maxTokens }).ids;
  const separator = tokenizer.encode(SEPARATOR, { bare: true }).ids;
  return [...tokenizer.encode(text, { maxTokens: maxTokens - separator.length }).ids, ...separator];
}

function oneRow({ text, second = "" }: Example, tokenizer: TextTokenizer, maxTokens: number): Fitted {
  const separator = tokenizer.encode(SEPARATOR, { bare: true }).ids;
  const end = endOf(tokenizer);
  const prompt = tokenizer.encode(text).ids;
  const completion = tokenizer.encode(second, { bare: true }).ids;
  // Every token is read but the last, which is only predicted.
  const room = maxTokens + 1 - separator.length - end.length;
  const completionKept = Math.min(completion.length, Math.max(room - prompt.length, Math.floor(room / 2)));
  const promptKept = Math.min(prompt.length, room - completionKept);
  const isCut = completionKept < completion.length;
  const start = [...prompt.slice(0, promptKept), ...separator];
  const whole = [...start, ...completion.slice(0, completionKept), ...(isCut ? [] : end)];
  const ids = whole.slice(0, -1);
  return {
    example: {
      rows: [{ ids, segments: ids.map(() => 0) }],
      labels: whole.slice(1),
      weights: ids.map((_, at) => (at + 1 < start.length ? 0 : 1)),
    },
    cut: Number(promptKept < prompt.length) + Number(isCut),
  };
}

function twoSides(
  { text, second = "" }: Example,
  tokenizer: TextTokenizer,
  maxTokens: number,
  decoderStart: number,
): Fitted {
  const prompt = tokenizer.encode(text, { maxTokens });
  const end = endOf(tokenizer);
  const completion = tokenizer.encode(second, { bare: true, maxTokens: maxTokens - end.length });
  const labels = [...completion.ids, ...(completion.truncated ? [] : end)];
  return {
    example: {
      rows: [{ ids: prompt.ids, segments: prompt.segments }],
      decoder: [decoderStart, ...labels.slice(0, -1)],
      labels,
    },
    cut: Number(prompt.truncated) + Number(completion.truncated),
  };
}

/** The token that ends a text, where the tokenizer has one. */
function endOf({ endOfTextId }: TextTokenizer): number[] {
  return endOfTextId === undefined ? [] : [endOfTextId];
}
