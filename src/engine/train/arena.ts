import { ALIGNMENT, aligned, type Device } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import type { Tape } from "../ops/tape.ts";
import { extentOf, persistent, rowMajor, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";

/** How a parameter is updated. */
export interface ParameterGroup {
  /** Learning rate as a multiple of the run's; 0 keeps the parameter as it is. */
  readonly rate: number;
  readonly weightDecay: number;
  readonly epsilon: number;
}

export interface ParameterRequest {
  readonly name: string;
  /** Three axes [count, rows, cols] make a stack of matrices that can each be bound on its own. */
  readonly shape: readonly number[];
  readonly group: ParameterGroup;
}

/** What is kept of a parameter: it, its gradient, what it goes back to, and the optimizer's moments, laid out alike. */
export const parameterParts = ["value", "gradient", "start", "firstMoment", "secondMoment"] as const;

export type ParameterPart = (typeof parameterParts)[number];

/** A trainable tensor with all that belongs to it. */
export interface Parameter extends Readonly<Record<ParameterPart, Tensor>> {
  /** As in its group. */
  readonly rate: number;
}

/** More groups than this would mean that somebody made one per layer. */
const MAX_GROUPS = 16;

/**
 * All that trains, in flat buffers of one layout (values, where they started, gradients, first and second moments), so that one
 * dispatch updates everything. Parameters start at multiples of 64 elements; the gaps between them stay zero.
 */
export class ParameterArena {
  readonly values: Tensor;
  readonly gradients: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  /** What `values` goes back to. */
  readonly start: Tensor;
  /** The group of each run of 64 elements. */
  readonly groupOfBlock: Tensor;
  /** [1]: see `ArenaState`. */
  readonly clip: Tensor;
  /** [MAX_GROUPS, 4]: rate, weight decay, epsilon, unused. */
  readonly groups: Tensor;
  readonly #parameters = new Map<string, Parameter>();

  constructor(device: Device, requests: readonly ParameterRequest[]) {
    const groups = new Map<string, { index: number; group: ParameterGroup }>();
    const blocks: number[] = [];
    const places = requests.map(({ name, shape, group }) => {
      const key = `${group.rate} ${group.weightDecay} ${group.epsilon}`;
      const { index } = groups.get(key) ?? { index: groups.size };
      groups.set(key, { index, group });
      const strides = shape.length === 3 ? stacked(shape) : rowMajor(shape);
      const offset = blocks.length * ALIGNMENT;
      const extent = aligned(extentOf({ shape, strides }));
      for (let block = 0; block < extent / ALIGNMENT; block++) blocks.push(index);
      return { name, shape, strides, offset, rate: group.rate };
    });
    if (groups.size > MAX_GROUPS)
      throw new ShapeError(`${groups.size} parameter groups were asked for, there is room for ${MAX_GROUPS}`);

    const length = Math.max(ALIGNMENT, blocks.length * ALIGNMENT);
    this.values = persistent(device, "parameters", [length]);
    this.gradients = persistent(device, "gradients", [length]);
    this.firstMoment = persistent(device, "first moment", [length]);
    this.secondMoment = persistent(device, "second moment", [length]);
    this.start = persistent(device, "starting parameters", [length]);
    this.clip = persistent(device, "clip", [1]);
    this.groupOfBlock = persistent(device, "group of block", [length / ALIGNMENT]);
    this.groups = persistent(device, "parameter groups", [MAX_GROUPS, 4]);
    if (blocks.length > 0) writeTensor(device, this.groupOfBlock, blocks);
    const table = new Float64Array(4 * MAX_GROUPS);
    for (const { index, group } of groups.values())
      table.set([group.rate, group.weightDecay, group.epsilon], 4 * index);
    writeTensor(device, this.groups, table);

    for (const { name, shape, strides, offset, rate } of places) {
      const place = (whole: Tensor): Tensor => ({ name, shape, strides, offset, storage: whole.storage });
      this.#parameters.set(name, {
        value: place(this.values),
        gradient: place(this.gradients),
        start: place(this.start),
        firstMoment: place(this.firstMoment),
        secondMoment: place(this.secondMoment),
        rate,
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

  /** What an optimizer works on. */
  get state() {
    const { values, gradients, firstMoment, secondMoment, groupOfBlock, groups, clip } = this;
    return { values, gradients, firstMoment, secondMoment, groupOfBlock, groups, clip };
  }

  get length(): number {
    return this.values.shape[0]!;
  }

  /** Records that the present values are what a rewind goes back to. */
  remember(tape: Tape): void {
    tape.copy(this.values, this.start);
  }

  /** Records the way back to the start: its values, and moments of zero. */
  rewind(tape: Tape): void {
    const zeros: Tensor = { ...tape.zero, shape: this.values.shape, strides: [0] };
    tape.copy(this.start, this.values);
    for (const moment of [this.firstMoment, this.secondMoment]) tape.copy(zeros, moment);
    tape.copy({ ...tape.zero, shape: [1] }, this.clip);
  }

  destroy(): void {
    for (const tensor of [this.start, ...Object.values(this.state)]) tensor.storage.memory!.destroy();
  }
}
