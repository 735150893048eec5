import { ALIGNMENT, aligned, type Device } from "../device/device.ts";
import type {
  ChosenOptimizer,
  OptimizedParameter,
  ParameterGroup,
  Segment,
  Tensors,
} from "../methods/optimizers/optimizer.ts";
import { extentOf, memoryOf, persistent, rowMajor, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";

/** Where a parameter lies in the arena. */
export interface ParameterPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Among gradients; absent where it has no place there. */
  readonly gradientOffset?: number;
  readonly group: ParameterGroup;
  readonly groupIndex: number;
}

/** A stretch of the arena with the optimizer that updates it, and all that the optimizer keeps of it. */
export interface OwnedSegment extends ChosenOptimizer {
  readonly segment: Segment;
  readonly parameters: readonly (OptimizedParameter & { readonly name: string })[];
  destroy(): void;
}

/** Three axes [count, rows, cols] make a stack of matrices that can each be bound on its own. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.length === 3 ? stacked(shape) : rowMajor(shape);
}

/** @param places of the segment's parameters, one after another. */
export function createSegment(
  device: Device,
  { optimizer, settings }: ChosenOptimizer,
  places: readonly ParameterPlace[],
  whole: { readonly values: Tensor; readonly gradients: Tensor; readonly groups: Tensor },
): OwnedSegment {
  const first = places[0]!.offset;
  const blocks = places.flatMap(({ shape, strides, groupIndex }) =>
    Array<number>(aligned(extentOf({ shape, strides })) / ALIGNMENT).fill(groupIndex),
  );
  const groupOfBlock = persistent(device, "group of block", [blocks.length]);
  writeTensor(device, groupOfBlock, blocks);

  const states = places.map((place) => ({ place, shapes: optimizer.state(place, settings) }));
  const names = [...new Set(states.flatMap(({ shapes }) => Object.keys(shapes)))];
  const own = new Map(places.map(({ name }) => [name, {} as Record<string, Tensor>]));
  const flats: Record<string, Tensor> = {};
  for (const state of names) {
    let length = 0;
    const rooms = states.flatMap(({ place, shapes }) => {
      const shape = shapes[state];
      if (!shape) return [];
      const room = { name: place.name, shape, strides: stridesOf(shape), offset: length };
      length += aligned(extentOf(room));
      return [room];
    });
    const flat = persistent(device, inWords(state), [length]);
    flats[state] = flat;
    for (const room of rooms) own.get(room.name)![state] = { ...room, storage: flat.storage };
  }

  const { values, gradients } = whole;
  const nothing: Tensor = { ...gradients, shape: [0] };
  const parameters = places.map(({ name, shape, strides, offset, gradientOffset, group }) => {
    const value: Tensor = { name, shape, strides, offset, storage: values.storage };
    const gradient =
      gradientOffset === undefined ? nothing : { ...value, offset: gradientOffset, storage: gradients.storage };
    const state: Tensors = own.get(name)!;
    return { name, value, gradient, state, ...group };
  });
  const shape = [blocks.length * ALIGNMENT];
  const { gradientOffset } = places[0]!;
  return {
    optimizer,
    settings,
    parameters,
    segment: {
      ...{ parameters, groupOfBlock, groups: whole.groups, state: flats },
      values: { ...values, shape, offset: first },
      gradients: gradientOffset === undefined ? nothing : { ...gradients, shape, offset: gradientOffset },
    },
    destroy() {
      for (const tensor of [groupOfBlock, ...Object.values(flats)]) memoryOf(tensor).destroy();
    },
  };
}

/** `firstMoment` → "first moment". */
export function inWords(state: string): string {
  return state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
