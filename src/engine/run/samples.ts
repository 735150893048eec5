import type { TextTokenizer } from "../checkpoint/tokenizer.ts";
import type { RunData } from "../data/runData.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { RunConfig } from "../settings/config.ts";
import { encodePrompt } from "../tasks/completions.ts";
import type { ExampleRow } from "./events.ts";
import type { ProgramContext } from "./programs.ts";
import { TextGenerator } from "./textGenerator.ts";

/** Tokens written after the beginning of a text, and to complete a prompt; a completion may end before. */
const TEXT_TOKENS = 32;
const COMPLETION_TOKENS = 40;

/** Tokens of context that the writer of a continued text sees. */
const WINDOW = 48;

/** Prompts of the validation split whose completions are shown. */
const COMPLETIONS = 3;

/** A beginning, and what should follow where that is known. */
interface Prompt {
  readonly text: string;
  readonly expected?: string | undefined;
}

interface Parts {
  readonly writers: { readonly before: TextGenerator; readonly now: TextGenerator };
  readonly tokenizer: TextTokenizer;
  readonly prompts: readonly Prompt[];
  readonly encode: (prompt: string) => number[];
  /** Tokens to write, at most. */
  readonly count: number;
  readonly seed: number;
}

/**
 * Shows what a language model writes, before training and now: samples from the task's own beginnings and the same random
 * numbers, or the likeliest completions of a few validation prompts.
 */
export class Samples {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async compile(
    { device, workspace, network }: ProgramContext,
    { task, validationTexts }: RunData,
    model: LoadedModel,
    { seed, maxTokens }: RunConfig,
  ): Promise<Samples> {
    const { tokenizer, transformer } = model;
    const isCompletion = task.kind === "completion";
    const prompts: readonly Prompt[] =
      task.kind === "language-modelling"
        ? task.prompts.map((text) => ({ text }))
        : validationTexts.slice(0, COMPLETIONS).map(({ text, second }) => ({ text, expected: second }));
    // On one side a completion has to fit behind its prompt, which may take up a whole row by itself.
    const completionLength = transformer.decoderStart === undefined ? maxTokens + COMPLETION_TOKENS : COMPLETION_TOKENS;
    const options = {
      rows: prompts.length,
      length: Math.min(isCompletion ? completionLength : WINDOW, transformer.maxLength),
      promptLength: maxTokens,
      greedy: isCompletion,
      ...(isCompletion && { endId: tokenizer.endOfTextId }),
    };
    const before = await TextGenerator.compile(device, workspace, network, { ...options, when: "before" });
    const now = await TextGenerator.compile(device, workspace, network, { ...options, when: "now" });
    const encode = (text: string) =>
      isCompletion
        ? encodePrompt(text, tokenizer, { maxTokens, decoderStart: transformer.decoderStart })
        : tokenizer.encode(text).ids;
    const count = isCompletion ? COMPLETION_TOKENS : TEXT_TOKENS;
    return new Samples({ writers: { before, now }, tokenizer, prompts, encode, count, seed });
  }

  /** @param texts to continue, no more than the task has prompts; without any, those. */
  async write(texts: readonly string[] | undefined, when: "before" | "now"): Promise<ExampleRow[]> {
    const { writers, tokenizer, prompts, encode, count, seed } = this.#parts;
    const shown: readonly Prompt[] = texts?.map((text) => ({ text })).slice(0, prompts.length) ?? prompts;
    // There is a row for every prompt of the task; those that were not asked for repeat the last.
    const ids = prompts.map((_, row) => encode(shown[Math.min(row, shown.length - 1)]!.text));
    const added = await writers[when].continue(ids, count, seed);
    return shown.map(({ text, expected }, row) => ({
      text,
      ...(expected !== undefined && { expected }),
      predicted: tokenizer.decode(added[row]!),
    }));
  }

  destroy(): void {
    this.#parts.writers.before.destroy();
    this.#parts.writers.now.destroy();
  }
}
