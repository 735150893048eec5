import { collation, type InputShape, inputShape, longest, type RunData } from "../data/runData.ts";
import { aligned, type Program } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { Tape } from "../ops/tape.ts";
import { extentOf, memoryOf, persistent, rowMajor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import type { RunConfig } from "../settings/config.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { collate, sharesOf } from "../tasks/collate.ts";
import { batchIndices, inPasses } from "../tasks/subset.ts";
import {
  BatchInputs,
  type ClosingPrograms,
  compileClosing,
  compilePass,
  compileTraining,
  type PassInputs,
  type ProgramContext,
} from "./programs.ts";
import { clockAt } from "./schedule.ts";

/** Where a pass is written, and what computes it. */
interface Pass extends PassInputs {
  readonly programs: readonly Program[];
}

/** A step whose inputs have been written. */
export interface WrittenStep {
  /** To be submitted together, in order. */
  readonly programs: readonly Program[];
  readonly passes: readonly PassInputs[];
}

interface Parts {
  /** By padded length, then in the order of the passes. */
  readonly passes: ReadonlyMap<number, readonly Pass[]>;
  readonly owned: readonly { destroy(): void }[];
}

/**
 * What a run submits for a step, for batches of all padded lengths. A batch that is computed in several passes has one
 * program per length, too, which takes one pass after the other: each is written to a place of its own beforehand, so that
 * the step is one submission all the same, and a copy takes it to where the program reads it.
 */
export class StepPrograms {
  readonly #context: ProgramContext;
  readonly #config: RunConfig;
  readonly #data: RunData;
  readonly #padId: number;
  readonly #parts: Parts;
  /** What follows the passes, where it is not the end of the only one. */
  #closing: ClosingPrograms | undefined;

  private constructor(context: ProgramContext, config: RunConfig, data: RunData, padId: number, parts: Parts) {
    this.#context = context;
    this.#config = config;
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
    const { batchSize, passes } = config;
    // The longest first: its workspace then serves the others.
    const lengths = [...data.trainingLengths].reverse();
    const shapes = lengths.map((length) => inputShape(data, batchSize / passes, length));
    const parts = passes === 1 ? await whole(context, shapes) : await inParts(context, shapes, passes);
    return new StepPrograms(context, config, data, padId, parts);
  }

  /** Compiles what ends a step, where that is no part of the other programs; before the first step. */
  async close(): Promise<void> {
    if (this.#config.passes > 1) this.#closing = await compileClosing(this.#context, "norm");
    else if (this.#context.network.arena.refreshes.length > 0)
      this.#closing = await compileClosing(this.#context, "refresh");
  }

  /** The most that a step can have. */
  get dispatches(): number {
    const counts = [...this.#parts.passes.values()].map((passes) =>
      dispatchesOf(passes.flatMap(({ programs }) => programs)),
    );
    return Math.max(...counts) + dispatchesOf(this.#closing ? closingAt(this.#closing, 0) : []);
  }

  /** Writes what a step reads, which is decided by the seed. @param step counted from 0. */
  write(step: number): WrittenStep {
    const { batchSize, seed } = this.#config;
    const { training, trainingLengths } = this.#data;
    const { device, clock: ofStep } = this.#context;
    const { passes } = this.#parts;
    const closing = this.#closing;
    const batch = batchIndices(training.length, batchSize, step, seed).map((at) => training[at]!);
    const written = inPasses(batch, this.#config.passes).map((examples, pass) => {
      const length = bucketFor(longest(examples), trainingLengths);
      const collated = collate(examples, collation(this.#data, examples.length, length, this.#padId));
      return { ...passes.get(length)![pass]!, collated };
    });
    for (const [pass, share] of sharesOf(written.map(({ collated }) => collated)).entries()) {
      const { inputs, clock, collated } = written[pass]!;
      inputs.write(device, collated);
      writeTensor(device, clock, clockAt(this.#config, step, { pass, share }));
    }
    if (!closing) return { programs: written[0]!.programs, passes: written };
    writeTensor(device, ofStep, clockAt(this.#config, step));
    return { programs: [...written.flatMap(({ programs }) => programs), ...closingAt(closing, step)], passes: written };
  }

  destroy(): void {
    const closing = this.#closing ? closingAt(this.#closing, 0) : [];
    for (const each of [...this.#parts.owned, ...closing]) each.destroy();
  }
}

/** What ends a step, in order; at step 0 everything is due. */
function closingAt({ norm, refreshes, update }: ClosingPrograms, step: number): Program[] {
  const due = refreshes.filter(({ every }) => step % every === 0).map(({ program }) => program);
  return [...(norm ? [norm] : []), ...due, update];
}

/** A batch at once, with its update in the same program unless something is refreshed before it. */
async function whole(context: ProgramContext, shapes: readonly InputShape[]): Promise<Parts> {
  const passes = new Map<number, Pass[]>();
  const owned: { destroy(): void }[] = [];
  for (const shape of shapes) {
    const { inputs, program } = await compileTraining(context, shape);
    passes.set(shape.length, [{ inputs, clock: context.clock, programs: [program] }]);
    owned.push(inputs, program);
  }
  return { passes, owned };
}

/** A batch in equal parts, and the update by the sum of their gradients. */
async function inParts(context: ProgramContext, shapes: readonly InputShape[], count: number): Promise<Parts> {
  const { device, workspace, network, clock } = context;
  const room = sizeOf(clock.shape) + Math.max(...shapes.map(BatchInputs.elements));
  const taken = persistent(device, "pass", [room]);
  const waiting = persistent(device, "passes", [count, room]);
  const gradients = persistent(device, "gradients of a pass", [network.arena.length]);
  const takes: Program[] = [];
  for (let pass = 0; pass < count; pass++) {
    const tape = new Tape(device, workspace);
    tape.copy(tape.slice(waiting, pass), taken);
    takes.push(await tape.compile(`take pass ${pass + 1}`));
  }
  const placed = (whole: Tensor, shape: InputShape): PassInputs => {
    const place = windowsOf(whole);
    return { clock: place("clock", clock.shape), inputs: new BatchInputs(device, shape, place) };
  };
  const passes = new Map<number, Pass[]>();
  const programs: Program[] = [];
  for (const shape of shapes) {
    const program = await compilePass(context, placed(taken, shape), gradients);
    programs.push(program);
    const places = takes.map((take, pass) => {
      const own = { ...taken, storage: waiting.storage, offset: pass * room };
      return { ...placed(own, shape), programs: [take, program] };
    });
    passes.set(shape.length, places);
  }
  return { passes, owned: [...takes, ...programs, ...[taken, waiting, gradients].map(memoryOf)] };
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
