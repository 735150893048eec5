import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { testNumbers } from "./random.ts";

/** An operation to be checked: its inputs, filled with reproducible noise unless given, and how to record it. */
export interface OpCase {
  /** Shapes of the inputs that are differentiated. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are not: ids, masks, targets. */
  readonly constants?: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
  /** Values of some inputs, where noise in [-1, 1] would not do. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  readonly build: (tape: Tape, tensors: Readonly<Record<string, Tensor>>) => Tensor;
}

export interface Evaluation {
  readonly out: Numbers;
  /** Of Σ seed · out with a fixed, uneven seed. */
  readonly gradients: Readonly<Record<string, Numbers>>;
}

/** Records a case on a device, runs it forward and backward, and reads everything back. */
export async function evaluate(device: Device, opCase: OpCase, values = inputValues(opCase)): Promise<Evaluation> {
  const tape = new Tape(device);
  const tensors: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(opCase.inputs)) {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, values[name]!);
    tape.watch(tensor);
    tensors[name] = tensor;
  }
  for (const [name, { shape, values: constant }] of Object.entries(opCase.constants ?? {})) {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, constant);
    tensors[name] = tensor;
  }

  const out = opCase.build(tape, tensors);
  // What is delivered must not be read on, so that the kept copy cannot hide an aliasing mistake.
  const kept = persistent(device, "out", out.shape);
  tape.copy(out, kept);
  const seed = persistent(device, "seed", out.shape);
  writeTensor(device, seed, seedValues(sizeOf(out.shape)));
  const gradients = tape.backward(new Map([[out, seed]]));
  const reached = Object.keys(opCase.inputs).filter((name) => gradients.has(tensors[name]!));
  const delivered = reached.map((name) => {
    const target = persistent(device, `d ${name}`, opCase.inputs[name]!);
    tape.deliver(gradients.get(tensors[name]!)!, target);
    return [name, target] as const;
  });

  const program = await tape.compile("case");
  await device.settle();
  // Poison: what a kernel forgets to write shows up as NaN instead of as the zero that memory starts with.
  for (const tensor of [kept, ...delivered.map(([, target]) => target)]) {
    writeTensor(device, tensor, new Float64Array(sizeOf(tensor.shape)).fill(Number.NaN));
  }
  device.submit([program]);
  return {
    out: await readTensor(device, kept),
    gradients: Object.fromEntries(
      await Promise.all(delivered.map(async ([name, target]) => [name, await readTensor(device, target)] as const)),
    ),
  };
}

/** Gradients of Σ seed · out by central differences in float64. */
export async function numericalGradients(opCase: OpCase, step = 1e-5): Promise<Record<string, Float64Array>> {
  const values = inputValues(opCase);
  const scalar = async (): Promise<number> => {
    const device = new CpuDevice(Float64Array);
    const { out } = await evaluate(device, opCase, values);
    const seed = seedValues(out.length);
    return seed.reduce((sum, weight, index) => sum + weight * out[index]!, 0);
  };
  const gradients: Record<string, Float64Array> = {};
  for (const [name, shape] of Object.entries(opCase.inputs)) {
    const gradient = new Float64Array(sizeOf(shape));
    for (let index = 0; index < gradient.length; index++) {
      const value = values[name]![index]!;
      values[name]![index] = value + step;
      const above = await scalar();
      values[name]![index] = value - step;
      const below = await scalar();
      values[name]![index] = value;
      gradient[index] = (above - below) / (2 * step);
    }
    gradients[name] = gradient;
  }
  return gradients;
}

/** max |actual − expected| / max |expected|; NaN anywhere gives NaN, which no bound accepts. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return scale === 0 ? error : error / scale;
}

function inputValues({ inputs, values }: OpCase): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, shape], index) => [
      name,
      values?.[name] ? Float64Array.from(values[name]) : testNumbers(sizeOf(shape), index + 1),
    ]),
  );
}

function seedValues(length: number): Float64Array {
  return testNumbers(length, 99);
}
