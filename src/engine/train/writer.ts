import type { Device, Program, Readback } from "../device/device.ts";
import type { Batch } from "../model/transformer.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { Network } from "./network.ts";
import { streams } from "./streams.ts";

/** Tokens are drawn from the most likely ones only, a little sharpened: the usual way to get readable samples. */
const TOP_TOKENS = 40;
const TEMPERATURE = 0.8;

export interface WriterOptions {
  /** Texts written at the same time. */
  readonly rows: number;
  /** Tokens of the window that the model sees. */
  readonly length: number;
  /** The pretrained model, or the model as it is now. */
  readonly when: "before" | "now";
}

/** Continues texts with a language model, token by token; only the scores of the next token leave the device. */
export class Writer {
  readonly #device: Device;
  readonly #options: WriterOptions;
  readonly #batch: Batch;
  readonly #positions: Tensor;
  readonly #scores: Tensor;
  readonly #program: Program;
  readonly #readback: Readback;

  private constructor(
    device: Device,
    options: WriterOptions,
    parts: { batch: Batch; positions: Tensor; scores: Tensor; program: Program },
  ) {
    this.#device = device;
    this.#options = options;
    this.#batch = parts.batch;
    this.#positions = parts.positions;
    this.#scores = parts.scores;
    this.#program = parts.program;
    this.#readback = device.readback(memoryOf(parts.scores), 0, sizeOf(parts.scores.shape));
  }

  static async compile(
    device: Device,
    workspace: Workspace,
    network: Network,
    options: WriterOptions,
  ): Promise<Writer> {
    const { rows, length, when } = options;
    const { transformer } = network;
    const ids = persistent(device, "prompt ids", [rows, length]);
    const mask = persistent(device, "prompt mask", [rows, length]);
    const positions = persistent(device, "prompt ends", [rows]);
    const tape = new Tape(device, workspace);
    const forward = when === "now" ? network.forward(tape) : network.pretrained(tape, () => {});
    const hidden = transformer.hidden(forward, { ids, mask });
    const last = gatherRows(tape, tape.reshape(hidden, [rows * length, transformer.width]), positions);
    const logits = transformer.logits!(forward, tape.reshape(last, [rows, 1, transformer.width]));
    const scores = tape.keep(logits);
    const program = await tape.compile(`writer, ${when}`);
    return new Writer(device, options, { batch: { ids, mask }, positions, scores, program });
  }

  /**
   * @param prompts token ids, at least one each; as many as there are rows.
   * @param count tokens to add.
   * @returns the added tokens of every prompt; the same for the same seed and weights.
   */
  async continue(prompts: readonly (readonly number[])[], count: number, seed: number): Promise<number[][]> {
    const { length } = this.#options;
    const texts = prompts.map((prompt) => [...prompt]);
    const draws = prompts.map((_, row) => new RandomStream(seed, streams.sampling + row));
    for (let added = 0; added < count; added++) {
      const windows = texts.map((text) => text.slice(-length));
      this.#write(windows);
      const [read] = this.#device.submit([this.#program], [this.#readback]);
      const scores = await read!;
      const vocabulary = scores.length / texts.length;
      for (const [row, text] of texts.entries()) {
        text.push(draw(scores.subarray(row * vocabulary, (row + 1) * vocabulary), draws[row]!.uniform()));
      }
    }
    return texts.map((text, row) => text.slice(prompts[row]!.length));
  }

  destroy(): void {
    this.#program.destroy();
    this.#readback.destroy();
    for (const tensor of [this.#batch.ids, this.#batch.mask, this.#positions, this.#scores]) memoryOf(tensor).destroy();
  }

  #write(windows: readonly (readonly number[])[]): void {
    const { length } = this.#options;
    const ids = new Float32Array(windows.length * length);
    const mask = new Float32Array(windows.length * length);
    windows.forEach((shown, row) => {
      ids.set(shown, row * length);
      mask.fill(1, row * length, row * length + shown.length);
    });
    writeTensor(this.#device, this.#batch.ids, ids);
    writeTensor(this.#device, this.#batch.mask, mask);
    writeTensor(
      this.#device,
      this.#positions,
      windows.map((shown, row) => row * length + shown.length - 1),
    );
  }
}

/** @param chance in (0, 1). */
function draw(scores: ArrayLike<number>, chance: number): number {
  const best = Array.from({ length: scores.length }, (_, token) => token)
    .sort((a, b) => scores[b]! - scores[a]!)
    .slice(0, TOP_TOKENS);
  const weights = best.map((token) => Math.exp((scores[token]! - scores[best[0]!]!) / TEMPERATURE));
  let rest = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [rank, token] of best.entries()) {
    rest -= weights[rank]!;
    if (rest <= 0) return token;
  }
  return best.at(-1)!;
}
