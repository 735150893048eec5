import { collation, inputShape, longest, type RunData, VALIDATION_BATCH } from "../data/runData.ts";
import type { Device } from "../device/device.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { collate } from "../tasks/collate.ts";
import { expectedInWords, inWords, score } from "../tasks/scoring.ts";
import { predictsTokens } from "../tasks/task.ts";
import type { ExampleRow } from "./events.ts";
import { compileEvaluation, type EvaluationProgram, type ProgramContext } from "./programs.ts";

/** Examples shown before and after. */
const SHOWN = 6;

export interface Evaluation {
  /** The task's metrics by name. */
  readonly values: Readonly<Record<string, number>>;
  /** What the model says of a few examples, where that can be shown. */
  readonly examples?: readonly ExampleRow[];
}

/** The fixed validation split, ready to be measured at any step. */
export class Validation {
  readonly #device: Device;
  readonly #data: RunData;
  readonly #padId: number;
  /** Examples that are computed at once. */
  readonly #rows: number;
  readonly #programs: ReadonlyMap<number, EvaluationProgram>;

  private constructor(
    device: Device,
    data: RunData,
    { padId, rows, programs }: { padId: number; rows: number; programs: ReadonlyMap<number, EvaluationProgram> },
  ) {
    this.#device = device;
    this.#data = data;
    this.#padId = padId;
    this.#rows = rows;
    this.#programs = programs;
  }

  /** @param microBatch examples that training computes at once. */
  static async compile(context: ProgramContext, data: RunData, padId: number, microBatch: number): Promise<Validation> {
    // Where tokens are predicted, a row has scores for the whole vocabulary: more of them than in training would set the peak.
    const rows = predictsTokens(data.task) ? Math.min(VALIDATION_BATCH, microBatch) : VALIDATION_BATCH;
    const programs = new Map<number, EvaluationProgram>();
    for (const length of [...data.validationLengths].reverse())
      programs.set(length, await compileEvaluation(context, inputShape(data, rows, length)));
    return new Validation(context.device, data, { padId, rows, programs });
  }

  /** Runs the model on the whole split. @param report is told the share that is done. */
  async run(report: (fraction: number) => void): Promise<Evaluation> {
    const { task, validation, validationTexts, validationBatches, validationLengths } = this.#data;
    const outputs: number[][] = new Array(validation.length);
    let lossSum = 0;
    let weightSum = 0;
    let done = 0;
    for (const batch of validationBatches) {
      const length = bucketFor(longest(batch.map((index) => validation[index]!)), validationLengths);
      for (let from = 0; from < batch.length; from += this.#rows) {
        const part = batch.slice(from, from + this.#rows);
        const { collated, losses, values } = await this.#compute(part, length);
        collated.weights.forEach((weight, row) => {
          if (weight === 0) return;
          lossSum += weight * losses[row]!;
          weightSum += weight;
        });
        if (!values) continue;
        const width = values.length / this.#rows;
        for (const [row, index] of part.entries())
          outputs[index] = [...values.subarray(row * width, (row + 1) * width)];
      }
      report(++done / validationBatches.length);
    }
    const scores = score(task, validation, { outputs, loss: lossSum / Math.max(1, weightSum) });
    if (predictsTokens(task)) return { values: scores };
    const shown = validationTexts.slice(0, SHOWN).map(({ text, second, label }, index) => ({
      text,
      ...(second !== undefined && { second }),
      expected: expectedInWords(task, label ?? 0),
      predicted: inWords(task, outputs[index]!),
    }));
    return { values: scores, examples: shown };
  }

  /** Losses of rows, and predictions where there are any, of examples padded to one length. */
  async #compute(indices: readonly number[], length: number) {
    const { inputs, program, rowLoss, predictions } = this.#programs.get(length)!;
    const examples = indices.map((index) => this.#data.validation[index]!);
    const collated = collate(examples, collation(this.#data, this.#rows, length, this.#padId));
    inputs.write(this.#device, collated);
    const readbacks = predictions ? [rowLoss, predictions] : [rowLoss];
    const [losses, values] = await Promise.all(this.#device.submit([program], readbacks));
    return { collated, losses: losses!, values };
  }

  destroy(): void {
    for (const program of this.#programs.values()) program.destroy();
  }
}
