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
  readonly #programs: ReadonlyMap<number, EvaluationProgram>;

  private constructor(device: Device, data: RunData, padId: number, programs: ReadonlyMap<number, EvaluationProgram>) {
    this.#device = device;
    this.#data = data;
    this.#padId = padId;
    this.#programs = programs;
  }

  static async compile(context: ProgramContext, data: RunData, padId: number): Promise<Validation> {
    const programs = new Map<number, EvaluationProgram>();
    for (const length of [...data.validationLengths].reverse())
      programs.set(length, await compileEvaluation(context, inputShape(data, VALIDATION_BATCH, length)));
    return new Validation(context.device, data, padId, programs);
  }

  /** Runs the model on the whole split. @param report is told the share that is done. */
  async run(report: (fraction: number) => void): Promise<Evaluation> {
    const { task, validation, validationTexts, validationBatches, validationLengths } = this.#data;
    const outputs: number[][] = new Array(validation.length);
    let lossSum = 0;
    let weightSum = 0;
    let done = 0;
    for (const batch of validationBatches) {
      const examples = batch.map((index) => validation[index]!);
      const length = bucketFor(longest(examples), validationLengths);
      const { inputs, program, rowLoss, predictions } = this.#programs.get(length)!;
      const collated = collate(examples, collation(this.#data, VALIDATION_BATCH, length, this.#padId));
      inputs.write(this.#device, collated);
      const [losses, values] = await Promise.all(
        this.#device.submit([program], predictions ? [rowLoss, predictions] : [rowLoss]),
      );
      collated.weights.forEach((weight, row) => {
        if (weight === 0) return;
        lossSum += weight * losses![row]!;
        weightSum += weight;
      });
      if (values) {
        const width = values.length / VALIDATION_BATCH;
        for (const [row, index] of batch.entries())
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

  destroy(): void {
    for (const program of this.#programs.values()) program.destroy();
  }
}
