import { ALIGNMENT, aligned, type Device } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { exchangeKernel } from "../kernels/exchange.ts";
import { takeUnlessStoppedKernel } from "../kernels/takeUnlessStopped.ts";
import { stackOf } from "../methods/optimizers/descend.ts";
import type { ChosenOptimizer, ParameterGroup, StepInputs, Tensors } from "../methods/optimizers/optimizer.ts";
import { rest } from "../methods/optimizers/roles.ts";
import type { Tape } from "../ops/tape.ts";
import { extentOf, memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { createSegment, type OwnedSegment, type ParameterPlace, stridesOf } from "./segments.ts";

export interface ParameterRequest {
  readonly name: string;
  /** Three axes [count, rows, cols] make a stack of matrices that can each be bound on its own. */
  readonly shape: readonly number[];
  /** As in `ParameterShape`. */
  readonly isVector?: boolean;
  readonly group: ParameterGroup;
}

/** A trainable tensor with all that belongs to it. */
export interface Parameter {
  readonly value: Tensor;
  /** Absent where its optimizer digests it as soon as it is complete. */
  readonly gradient?: Tensor;
  /** What the value goes back to. */
  readonly start: Tensor;
  /** What its optimizer keeps of it, by name. */
  readonly state: Tensors;
  /** As in its group. */
  readonly rate: number;
}

/** "value", "gradient", "start", or a name of the optimizer's state. */
export function partOf({ value, gradient, start, state }: Parameter, part: string): Tensor | undefined {
  return { ...state, value, start, ...(gradient && { gradient }) }[part];
}

/** What optimizers made of gradients, by the parameters' names. */
export type Digests = ReadonlyMap<string, Tensors>;

/** More groups than this would mean that somebody made one per layer. */
const MAX_GROUPS = 16;

/**
 * All that trains, in flat buffers of one layout: values, gradients, and where they started. Each optimizer has a segment
 * of it and owns its state. Parameters start at multiples of 64 elements; the gaps between them stay zero.
 */
export class ParameterArena {
  readonly values: Tensor;
  readonly gradients: Tensor;
  /** What `values` goes back to. */
  readonly start: Tensor;
  /** [1]: see `StepInputs`. */
  readonly clip: Tensor;
  readonly segments: readonly OwnedSegment[];
  /** [MAX_GROUPS, 4]: rate, weight decay, epsilon, unused. */
  readonly #groups: Tensor;
  readonly #parameters = new Map<string, Parameter>();

  /**
   * @param optimizers each takes what it can of what those before it left.
   * @param options accumulates where gradients add up over micro-batches, and all of them need a place.
   */
  constructor(
    device: Device,
    requests: readonly ParameterRequest[],
    optimizers: readonly ChosenOptimizer[] = [{ optimizer: rest, settings: {} }],
    { accumulates = false }: { readonly accumulates?: boolean } = {},
  ) {
    const groups = new Map<string, { index: number; group: ParameterGroup }>();
    const taken = optimizers.map(() => [] as ParameterRequest[]);
    for (const request of requests) {
      const owner = optimizers.findIndex(({ optimizer }) => optimizer.takes(request));
      if (owner < 0) throw new ShapeError(`no optimizer takes ${request.name} [${request.shape}]`);
      taken[owner]!.push(request);
    }
    let length = 0;
    let gradientLength = 0;
    const place = ({ name, shape, group }: ParameterRequest, isDigested: boolean): ParameterPlace => {
      const key = `${group.rate} ${group.weightDecay} ${group.epsilon}`;
      const { index: groupIndex } = groups.get(key) ?? { index: groups.size };
      groups.set(key, { index: groupIndex, group });
      const strides = stridesOf(shape);
      const [offset, gradientOffset] = [length, gradientLength];
      const size = aligned(extentOf({ shape, strides }));
      length += size;
      if (!isDigested) gradientLength += size;
      return { name, shape, strides, offset, group, groupIndex, ...(!isDigested && { gradientOffset }) };
    };
    const places = taken.map((own, index) => {
      const isDigested = !accumulates && optimizers[index]!.optimizer.digest !== undefined;
      return own.map((request) => place(request, isDigested));
    });
    if (groups.size > MAX_GROUPS)
      throw new ShapeError(`${groups.size} parameter groups were asked for, there is room for ${MAX_GROUPS}`);

    const whole = [Math.max(ALIGNMENT, length)];
    this.values = persistent(device, "parameters", whole);
    this.gradients = persistent(device, "gradients", [Math.max(ALIGNMENT, gradientLength)]);
    this.start = persistent(device, "starting parameters", whole);
    this.clip = persistent(device, "clip", [1]);
    this.#groups = persistent(device, "parameter groups", [MAX_GROUPS, 4]);
    const table = new Float64Array(4 * MAX_GROUPS);
    for (const { index, group } of groups.values())
      table.set([group.rate, group.weightDecay, group.epsilon], 4 * index);
    writeTensor(device, this.#groups, table);

    const { values, gradients, start } = this;
    this.segments = places.flatMap((own, index) =>
      own.length > 0
        ? [createSegment(device, optimizers[index]!, own, { values, gradients, groups: this.#groups })]
        : [],
    );
    for (const { parameters } of this.segments) {
      for (const { name, value, gradient, state, rate } of parameters)
        this.#parameters.set(name, {
          ...{ value, state, rate, start: { ...value, storage: start.storage } },
          ...(sizeOf(gradient.shape) > 0 && { gradient }),
        });
    }
  }

  get(name: string): Parameter {
    const parameter = this.#parameters.get(name);
    if (!parameter) throw new ShapeError(`there is no parameter ${name}`);
    return parameter;
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters.values();
  }

  get length(): number {
    return this.values.shape[0]!;
  }

  /** Names of all that optimizers keep of parameters. */
  get stateNames(): string[] {
    return [...new Set(this.segments.flatMap(({ segment }) => Object.keys(segment.state)))];
  }

  /** Steps between two refreshes of optimizers' state by whole gradients; absent where there are none. */
  get refreshEvery(): number | undefined {
    return this.segments.map(({ optimizer: { digest }, settings }) => digest?.every(settings)).find(Boolean);
  }

  /** Records that state is what was digested of gradients, unless updates have stopped. */
  refresh(tape: Tape, digests: Digests): void {
    for (const [name, digest] of digests) {
      const { state } = this.get(name);
      for (const [key, out] of Object.entries(state)) {
        const input = digest[key];
        if (!input) continue;
        tape.dispatch(takeUnlessStoppedKernel, { tensors: { input, clip: this.clip, out }, params: stackOf(out) });
      }
    }
  }

  /** Records the optimizers' step by the gradients as they are. @param stepScalars see `StepInputs`. */
  update(tape: Tape, { stepScalars }: Pick<StepInputs, "stepScalars">, digests: Digests = new Map()): void {
    this.refresh(tape, digests);
    for (const { optimizer, segment, settings, parameters } of this.segments) {
      const digested = parameters.map((parameter) => {
        const digest = digests.get(parameter.name);
        return digest ? { ...parameter, digest } : parameter;
      });
      optimizer.update(tape, { ...segment, parameters: digested }, { stepScalars, clip: this.clip }, settings);
    }
  }

  /** Records that the present values are what a rewind goes back to. */
  remember(tape: Tape): void {
    tape.copy(this.values, this.start);
  }

  /** Records that the present values and those of the start take each other's places; done twice, all is as before. */
  exchange(tape: Tape): void {
    const { values: a, start: b, length } = this;
    tape.dispatch(exchangeKernel, { tensors: { a, b }, params: { length } });
  }

  /** Records the way back to the start: its values, and state of zero. */
  rewind(tape: Tape): void {
    tape.copy(this.start, this.values);
    for (const { segment } of this.segments) {
      for (const state of Object.values(segment.state))
        tape.copy({ ...tape.zero, shape: state.shape, strides: [0] }, state);
    }
    tape.copy({ ...tape.zero, shape: [1] }, this.clip);
  }

  destroy(): void {
    for (const segment of this.segments) segment.destroy();
    const { values, gradients, start, clip } = this;
    for (const tensor of [values, gradients, start, clip, this.#groups]) memoryOf(tensor).destroy();
  }
}
