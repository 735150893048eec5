import type { LoadedModel } from "../model/loadModel.ts";
import type { Task } from "../tasks/task.ts";
import type { RunConfig } from "./config.ts";
import type { ExampleRow } from "./events.ts";
import type { ProgramContext } from "./programs.ts";
import { Writer } from "./writer.ts";

/** Tokens written after a prompt. */
const TOKENS = 32;

/** Tokens of context that the writer sees. */
const WINDOW = 48;

/** Shows what a language model writes, before training and now, from the same prompts and random numbers. */
export class Continuations {
  readonly #writers: { readonly before: Writer; readonly now: Writer };
  readonly #model: LoadedModel;
  readonly #prompts: readonly string[];
  readonly #seed: number;

  private constructor(
    writers: { before: Writer; now: Writer },
    model: LoadedModel,
    prompts: readonly string[],
    seed: number,
  ) {
    this.#writers = writers;
    this.#model = model;
    this.#prompts = prompts;
    this.#seed = seed;
  }

  static async compile(
    { device, workspace, network }: ProgramContext,
    task: Extract<Task, { kind: "language-modelling" }>,
    model: LoadedModel,
    { seed }: RunConfig,
  ): Promise<Continuations> {
    const size = { rows: task.prompts.length, length: Math.min(WINDOW, model.transformer.maxLength) };
    const before = await Writer.compile(device, workspace, network, { ...size, when: "before" });
    const now = await Writer.compile(device, workspace, network, { ...size, when: "now" });
    return new Continuations({ before, now }, model, task.prompts, seed);
  }

  /** @param prompts as many as the task has or fewer; without any, the task's own. */
  async write(prompts: readonly string[] = this.#prompts, when: "before" | "now"): Promise<ExampleRow[]> {
    const { tokenizer } = this.#model;
    // There is a row for every prompt of the task; those that were not asked for repeat the last.
    const rows = this.#prompts.map((_, row) => prompts[Math.min(row, prompts.length - 1)]!);
    const ids = rows.map((prompt) => tokenizer.encode(prompt).ids);
    const added = await this.#writers[when].continue(ids, TOKENS, this.#seed);
    return prompts
      .slice(0, rows.length)
      .map((prompt, row) => ({ text: prompt, predicted: tokenizer.decode(added[row]!) }));
  }

  destroy(): void {
    this.#writers.before.destroy();
    this.#writers.now.destroy();
  }
}
