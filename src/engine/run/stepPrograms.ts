import { collation, type InputShape, inputShape, longest, type RunData } from "../data/runData.ts";
import { aligned, type Program } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { Tape } from "../ops/tape.ts";
import { extentOf, memoryOf, persistent, rowMajor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import type { RunConfig } from "../settings/config.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { collate, sharesOf } from "../tasks/collate.ts";
import { batchIndices, inMicroBatches } from "../tasks/subset.ts";
import {
  BatchInputs,
  compileClosing,
  compileMicroBatch,
  compileTraining,
  type MicroBatchInputs,
  type ProgramContext,
  type StepVariants,
} from "./programs.ts";
import { stepScalarsAt } from "./schedule.ts";

/** Where a micro-batch is written, and what computes it. */
interface PlacedMicroBatch extends MicroBatchInputs {
  readonly programs: readonly Program[];
  /** In place of these where optimizers refresh their state. */
  readonly refreshing?: readonly Program[];
}

/** A step whose inputs have been written. */
export interface WrittenStep {
  /** To be submitted together, in order. */
  readonly programs: readonly Program[];
  readonly microBatches: readonly MicroBatchInputs[];
}

interface Parts {
  /** By padded length, then in the order of the micro-batches. */
  readonly microBatches: ReadonlyMap<number, readonly PlacedMicroBatch[]>;
  readonly owned: readonly { destroy(): void }[];
  /** [1]: of all micro-batches, where there are several. */
  readonly loss?: Tensor;
}

/**
 * What a run submits for a step, for batches of all padded lengths. A batch that is computed in several micro-batches has one
 * program per length, too, which takes one micro-batch after the other: each is written to a place of its own beforehand, so that
 * the step is one submission all the same, and a copy takes it to where the program reads it.
 */
export class StepPrograms {
  readonly #context: ProgramContext;
  readonly #data: RunData;
  readonly #padId: number;
  readonly #parts: Parts;
  /** What follows micro-batches, where there are several. */
  #closing: StepVariants | undefined;
  /** What a rank schedule does after some of the steps. */
  #schedule: Program | undefined;

  private constructor(context: ProgramContext, data: RunData, padId: number, parts: Parts) {
    this.#context = context;
    this.#data = data;
    this.#padId = padId;
    this.#parts = parts;
  }

  static async compile(
    context: ProgramContext,
    config: RunConfig,
    data: RunData,
    padId: number,
  ): Promise<StepPrograms> {
    const { batchSize, accumulationSteps } = config;
    // The longest first: its workspace then serves the others.
    const lengths = [...data.trainingLengths].reverse();
    const shapes = lengths.map((length) => inputShape(data, batchSize / accumulationSteps, length));
    const parts =
      accumulationSteps === 1 ? await whole(context, shapes) : await inParts(context, shapes, accumulationSteps);
    return new StepPrograms(context, data, padId, parts);
  }

  /** Compiles what ends a step of several micro-batches; before the first step. */
  async close(): Promise<void> {
    const { device, workspace, network } = this.#context;
    if (network.scheduled) {
      const tape = new Tape(device, workspace);
      network.scheduled.record(tape);
      this.#schedule = await tape.compile("rank schedule");
    }
    if (this.#parts.loss) this.#closing = await compileClosing(this.#context, this.#parts.loss);
  }

  /** The most that a step can have. */
  get dispatches(): number {
    const counts = [...this.#parts.microBatches.values()].map((microBatches) =>
      dispatchesOf(microBatches.flatMap(({ programs, refreshing }) => refreshing ?? programs)),
    );
    return Math.max(...counts) + dispatchesOf([...this.#closingAt(0), ...(this.#schedule ? [this.#schedule] : [])]);
  }

  /**
   * Writes what a step reads, which is decided by the seed.
   *
   * @param step counted from 0.
   * @param config with what changed while it trained.
   */
  write(step: number, config: RunConfig): WrittenStep {
    const { batchSize, seed } = config;
    const { training, trainingLengths } = this.#data;
    const { device, stepScalars: ofStep } = this.#context;
    const { microBatches } = this.#parts;
    const batch = batchIndices(training.length, batchSize, step, seed).map((at) => training[at]!);
    const written = inMicroBatches(batch, config.accumulationSteps).map((examples, microBatch) => {
      const length = bucketFor(longest(examples), trainingLengths);
      const collated = collate(examples, collation(this.#data, examples.length, length, this.#padId));
      return { ...microBatches.get(length)![microBatch]!, collated };
    });
    for (const [microBatch, share] of sharesOf(written.map(({ collated }) => collated)).entries()) {
      const { inputs, stepScalars, collated } = written[microBatch]!;
      inputs.write(device, collated);
      writeTensor(device, stepScalars, stepScalarsAt(config, step, { microBatch, share }));
    }
    if (this.#closing) writeTensor(device, ofStep, stepScalarsAt(config, step));
    const isDue = this.#isDue(step);
    const usual = written.flatMap(({ programs, refreshing }) => (isDue && refreshing ? refreshing : programs));
    const programs = [...usual, ...this.#closingAt(step), ...this.#scheduledAfter(step)];
    return { programs, microBatches: written };
  }

  destroy(): void {
    const { usual, refreshing } = this.#closing ?? {};
    for (const each of [...this.#parts.owned, usual, refreshing, this.#schedule]) each?.destroy();
  }

  #scheduledAfter(step: number): Program[] {
    const { scheduled } = this.#context.network;
    if (!scheduled?.isDue(step)) return [];
    scheduled.draw(step);
    return [this.#schedule!];
  }

  /** Whether optimizers refresh their state at a step; at step 0 they do. */
  #isDue(step: number): boolean {
    const { refreshEvery } = this.#context.network.arena;
    return refreshEvery !== undefined && step % refreshEvery === 0;
  }

  #closingAt(step: number): Program[] {
    if (!this.#closing) return [];
    const { usual, refreshing } = this.#closing;
    return [this.#isDue(step) ? refreshing! : usual];
  }
}

/** A batch at once, with its update in the same program. */
async function whole(context: ProgramContext, shapes: readonly InputShape[]): Promise<Parts> {
  const microBatches = new Map<number, PlacedMicroBatch[]>();
  const owned: { destroy(): void }[] = [];
  for (const shape of shapes) {
    const { inputs, programs } = await compileTraining(context, shape);
    const { usual, refreshing } = programs;
    const placed = { inputs, stepScalars: context.stepScalars, programs: [usual] };
    microBatches.set(shape.length, [refreshing ? { ...placed, refreshing: [refreshing] } : placed]);
    owned.push(inputs, usual, ...(refreshing ? [refreshing] : []));
  }
  return { microBatches, owned };
}

/** A batch in equal parts, and the update by the sum of their gradients. */
async function inParts(context: ProgramContext, shapes: readonly InputShape[], count: number): Promise<Parts> {
  const { device, workspace, network, stepScalars } = context;
  const room = sizeOf(stepScalars.shape) + Math.max(...shapes.map(BatchInputs.elements));
  const taken = persistent(device, "micro-batch", [room]);
  const waiting = persistent(device, "accumulationSteps", [count, room]);
  const own = persistent(device, "gradients of a micro-batch", [network.arena.length]);
  const loss = persistent(device, "loss of micro-batches", [1]);
  const takes: Program[] = [];
  for (let microBatch = 0; microBatch < count; microBatch++) {
    const tape = new Tape(device, workspace);
    tape.copy(tape.slice(waiting, microBatch), taken);
    takes.push(await tape.compile(`take micro-batch ${microBatch + 1}`));
  }
  const placed = (whole: Tensor, shape: InputShape): MicroBatchInputs => {
    const place = windowsOf(whole);
    return { stepScalars: place("stepScalars", stepScalars.shape), inputs: new BatchInputs(device, shape, place) };
  };
  const microBatches = new Map<number, PlacedMicroBatch[]>();
  const programs: Program[] = [];
  for (const shape of shapes) {
    const program = await compileMicroBatch(context, placed(taken, shape), { own, loss });
    programs.push(program);
    const places = takes.map((take, microBatch) => {
      const place = { ...taken, storage: waiting.storage, offset: microBatch * room };
      return { ...placed(place, shape), programs: [take, program] };
    });
    microBatches.set(shape.length, places);
  }
  return { microBatches, owned: [...takes, ...programs, ...[taken, waiting, own, loss].map(memoryOf)], loss };
}

/** Hands out a stretch of memory as tensors, one after another, each where it can be bound. */
function windowsOf(whole: Tensor): (name: string, shape: readonly number[]) => Tensor {
  let next = whole.offset;
  return (name, shape) => {
    const offset = next;
    next += aligned(sizeOf(shape));
    if (next > whole.offset + extentOf(whole)) throw new ShapeError(`${whole.name} has no room for ${name} [${shape}]`);
    return { name, shape, strides: rowMajor(shape), offset, storage: whole.storage };
  };
}

function dispatchesOf(programs: readonly Program[]): number {
  return programs.reduce((sum, { dispatches }) => sum + dispatches, 0);
}
