import { aligned, alignmentOf, type Device, type Memory } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import type { ElementFormat } from "../kernels/formats.ts";

/**
 * What a tensor's elements are stored in. A transient storage gets its memory when its tape is compiled; a
 * persistent one has it from the start and outlives every tape.
 */
export class Storage {
  readonly name: string;
  /** Elements. */
  readonly length: number;
  readonly memory: Memory | undefined;

  constructor(name: string, length: number, memory?: Memory) {
    this.name = name;
    this.length = length;
    this.memory = memory;
  }

  /** What is computed is stored in float32. */
  get format(): ElementFormat {
    return this.memory?.format ?? "float32";
  }
}

/** A strided window on a storage. Element (i, j, …) lies at `offset + i · strides[0] + j · strides[1] + …`. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Elements from one index to the next, an entry per axis. */
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: Storage;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * Strides of a stack of equal matrices [count, rows, cols] in which every matrix starts where it can be bound on
 * its own, so that one dispatch may take the whole stack and another one slice of it.
 */
export function stacked(shape: readonly number[]): number[] {
  const strides = rowMajor(shape);
  strides[0] = aligned(sizeOf(shape.slice(1)));
  return strides;
}

/** Elements from a tensor's first to one past its last. */
export function extentOf({ shape, strides }: Pick<Tensor, "shape" | "strides">): number {
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 1);
}

/** Whether elements follow each other without gaps in row-major order. */
export function isContiguous({ shape, strides }: Pick<Tensor, "shape" | "strides">): boolean {
  const expected = rowMajor(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** Whether a view is all of its base, under another shape. */
export function isWhole(out: Tensor, base: Tensor): boolean {
  return isContiguous(out) && isContiguous(base) && sizeOf(out.shape) === sizeOf(base.shape);
}

/** Whether two tensors of one shape place their elements alike, counted from their offsets. */
export function sameLayout(a: Tensor, b: Tensor): boolean {
  return (
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis] && (size === 1 || a.strides[axis] === b.strides[axis]))
  );
}

/** A tensor that outlives every tape: weights, inputs, results to be read. Starts as zeros. */
export function persistent(
  device: Device,
  name: string,
  shape: readonly number[],
  strides: readonly number[] = rowMajor(shape),
  format?: ElementFormat,
): Tensor {
  const length = extentOf({ shape, strides });
  return { name, shape, strides, offset: 0, storage: new Storage(name, length, device.allocate(name, length, format)) };
}

/** The memory of a persistent tensor. @throws ShapeError when it is transient. */
export function memoryOf(tensor: Tensor): Memory {
  const { memory } = tensor.storage;
  if (!memory) throw new ShapeError(`${tensor.name} lives inside a program; keep it there to read it`);
  return memory;
}

/** Writes row-major values into a persistent tensor, whatever its strides. */
export function writeTensor(device: Device, tensor: Tensor, values: ArrayLike<number>): void {
  const { shape, strides, offset } = tensor;
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(`${tensor.name} [${shape}] has ${sizeOf(shape)} elements, ${values.length} were given`);
  }
  if (isContiguous(tensor)) {
    device.write(memoryOf(tensor), offset, values);
    return;
  }
  const padded = new Float64Array(extentOf(tensor));
  forEachIndex(shape, strides, (at, index) => {
    padded[at] = values[index]!;
  });
  device.write(memoryOf(tensor), offset, padded);
}

/** Reads a persistent tensor in row-major order. */
export async function readTensor(device: Device, tensor: Tensor): Promise<Float32Array | Float64Array> {
  const stored = await device.read(memoryOf(tensor), tensor.offset, extentOf(tensor));
  if (isContiguous(tensor)) return stored;
  const values = stored.slice(0, sizeOf(tensor.shape));
  forEachIndex(tensor.shape, tensor.strides, (at, index) => {
    values[index] = stored[at]!;
  });
  return values;
}

/**
 * Splits a tensor's place into a start that can be bound and what is left of the offset, for the few kernels that
 * take offsets as parameters.
 */
export function bindable(tensor: Tensor): { tensor: Tensor; offset: number } {
  const offset = tensor.offset % alignmentOf(tensor.storage.format);
  if (offset === 0) return { tensor, offset };
  const { name, storage } = tensor;
  const length = extentOf(tensor) + offset;
  return { tensor: { name, storage, shape: [length], strides: [1], offset: tensor.offset - offset }, offset };
}

function forEachIndex(
  shape: readonly number[],
  strides: readonly number[],
  visit: (at: number, index: number) => void,
): void {
  const size = sizeOf(shape);
  for (let index = 0; index < size; index++) {
    let at = 0;
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    visit(at, index);
  }
}
