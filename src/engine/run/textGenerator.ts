import type { Device, Program, Readback } from "../device/device.ts";
import type { Forward } from "../model/transformer.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { argmax } from "../tasks/metrics.ts";
import type { Network } from "./network.ts";
import { streams } from "./streams.ts";

/** Where tokens are drawn, then from the most likely ones only, a little sharpened: the usual way to readable samples. */
const TOP_TOKENS = 40;
const TEMPERATURE = 0.8;

export interface WriterOptions {
  /** Texts written at the same time. */
  readonly rows: number;
  /** Tokens of the window that the model sees; of one with two sides, the side that writes. */
  readonly length: number;
  /** Tokens that the other side reads. */
  readonly promptLength: number;
  /** The pretrained model, or the model as it is now. */
  readonly when: "before" | "now";
  /** Whether the likeliest token always comes next, rather than one that is drawn. */
  readonly greedy: boolean;
  /** The token after which a text is at its end; without one texts go on as long as they may. */
  readonly endId?: number | undefined;
}

/** Texts as a program reads them. */
interface Side {
  /** [rows, length] */
  readonly ids: Tensor;
  readonly mask: Tensor;
}

/** What an encoder–decoder makes of the prompts, once for all that is written after them. */
interface Reader {
  readonly side: Side;
  /** [rows, length, width] */
  readonly encoded: Tensor;
  readonly program: Program;
}

interface Parts {
  readonly reader: Reader | undefined;
  /** What the side that writes has read. */
  readonly side: Side;
  /** [rows]: where the last token of each row is. */
  readonly ends: Tensor;
  /** [rows, 1, vocabularySize] */
  readonly scores: Tensor;
  readonly program: Program;
  /** What every text begins with, on the side that writes. */
  readonly start: readonly number[];
}

/** Continues texts with a language model, token by token; only the scores of the next token leave the device. */
export class TextGenerator {
  readonly #device: Device;
  readonly #options: WriterOptions;
  readonly #parts: Parts;
  readonly #readback: Readback;

  private constructor(device: Device, options: WriterOptions, parts: Parts) {
    this.#device = device;
    this.#options = options;
    this.#parts = parts;
    this.#readback = device.readback(memoryOf(parts.scores), 0, sizeOf(parts.scores.shape));
  }

  static async compile(
    device: Device,
    workspace: Workspace,
    network: Network,
    options: WriterOptions,
  ): Promise<TextGenerator> {
    const { rows, length, promptLength, when } = options;
    const { transformer } = network;
    const { decoderStart } = transformer;
    const tapeOf = (): Forward => {
      const tape = new Tape(device, workspace);
      return when === "now" ? network.forward(tape) : network.pretrained(tape);
    };
    let reader: Reader | undefined;
    if (decoderStart !== undefined) {
      const side = sideOf(device, "prompt", rows, promptLength);
      const forward = tapeOf();
      const encoded = forward.tape.keep(transformer.hidden(forward, side));
      reader = { side, encoded, program: await forward.tape.compile(`reader, ${when}`) };
    }
    const side = sideOf(device, "text", rows, length);
    const ends = persistent(device, "text ends", [rows]);
    const forward = tapeOf();
    const { tape } = forward;
    const batch = reader ? { ...reader.side, encoded: reader.encoded, decoder: side } : side;
    const hidden = transformer.hidden(forward, batch);
    const last = gatherRows(tape, tape.reshape(hidden, [rows * length, transformer.width]), ends);
    const scores = tape.keep(transformer.logits!(forward, tape.reshape(last, [rows, 1, transformer.width])));
    const program = await tape.compile(`writer, ${when}`);
    const start = decoderStart === undefined ? [] : [decoderStart];
    return new TextGenerator(device, options, { reader, side, ends, scores, program, start });
  }

  /**
   * @param prompts token ids, at least one each; as many as there are rows. Of longer ones than the window, a model with
   *   one side sees the end, and one with two sides the beginning.
   * @param count tokens to add, at most; a model with two sides writes no more than its window holds.
   * @returns the added tokens of every prompt, its end not among them; the same for the same seed and weights.
   */
  async continue(prompts: readonly (readonly number[])[], count: number, seed: number): Promise<number[][]> {
    const { length, promptLength, greedy, endId } = this.#options;
    const { reader, side, ends, program, start } = this.#parts;
    if (reader) {
      this.#write(
        reader.side,
        promptLength,
        prompts.map((prompt) => prompt.slice(0, promptLength)),
      );
      await Promise.all(this.#device.submit([reader.program]));
    }
    const texts = prompts.map((prompt) => (reader ? [...start] : [...prompt]));
    const given = texts.map((text) => text.length);
    const isDone = texts.map(() => false);
    const draws = prompts.map((_, row) => new RandomStream(seed, streams.sampling + row));
    const most = reader ? Math.min(count, length) : count;
    for (let added = 0; added < most && isDone.includes(false); added++) {
      const seen = texts.map((text) => text.slice(-length));
      this.#write(side, length, seen);
      writeTensor(
        this.#device,
        ends,
        seen.map((shown, row) => row * length + shown.length - 1),
      );
      const [read] = this.#device.submit([program], [this.#readback]);
      const scores = await read!;
      const vocabulary = scores.length / texts.length;
      for (const [row, text] of texts.entries()) {
        if (isDone[row]) continue;
        const own = scores.subarray(row * vocabulary, (row + 1) * vocabulary);
        const token = greedy ? argmax(own) : draw(own, draws[row]!.uniform());
        if (token === endId) isDone[row] = true;
        else text.push(token);
      }
    }
    return texts.map((text, row) => text.slice(given[row]));
  }

  destroy(): void {
    const { reader, side, ends, scores, program } = this.#parts;
    program.destroy();
    reader?.program.destroy();
    this.#readback.destroy();
    const tensors = [side.ids, side.mask, ends, scores];
    if (reader) tensors.push(reader.side.ids, reader.side.mask, reader.encoded);
    for (const tensor of tensors) memoryOf(tensor).destroy();
  }

  #write(side: Side, length: number, texts: readonly (readonly number[])[]): void {
    const ids = new Float32Array(texts.length * length);
    const mask = new Float32Array(texts.length * length);
    texts.forEach((text, row) => {
      ids.set(text, row * length);
      mask.fill(1, row * length, row * length + text.length);
    });
    writeTensor(this.#device, side.ids, ids);
    writeTensor(this.#device, side.mask, mask);
  }
}

function sideOf(device: Device, name: string, rows: number, length: number): Side {
  return {
    ids: persistent(device, `${name} ids`, [rows, length]),
    mask: persistent(device, `${name} mask`, [rows, length]),
  };
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
