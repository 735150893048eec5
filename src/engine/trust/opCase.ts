import { CpuDevice } from "../device/cpu.ts";
import type { Device, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { noise, unwritten } from "./check.ts";

/** An operation to be checked: its inputs, filled with reproducible noise unless given, and how to record it. */
export interface OpCase {
  /** Shapes of the inputs that are differentiated. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are not: ids, masks, targets. */
  readonly constants?: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
  /** Values of some inputs, where noise in [-1, 1) would not do. */
  readonly values?: Readonly<Record<string, ArrayLike<number>>>;
  readonly build: (tape: Tape, tensors: Readonly<Record<string, Tensor>>) => Tensor;
}

export interface Evaluation {
  readonly out: Numbers;
  /** Of Σ seed · out with a fixed, uneven seed. */
  readonly gradients: Readonly<Record<string, Numbers>>;
}

/** Records a case on a device, runs it forward and backward, and reads everything back. */
export async function evaluate(device: Device, opCase: OpCase): Promise<Evaluation> {
  const scope = new DeviceScope(device);
  try {
    return await evaluateIn(scope, opCase);
  } finally {
    scope.destroy();
  }
}

async function evaluateIn(device: Device, opCase: OpCase): Promise<Evaluation> {
  const tape = new Tape(device);
  const { tensors, out } = record(tape, opCase, true);
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
    writeTensor(device, tensor, unwritten(sizeOf(tensor.shape)));
  }
  void device.submit([program]);
  return {
    out: await readTensor(device, kept),
    gradients: Object.fromEntries(
      await Promise.all(delivered.map(async ([name, target]) => [name, await readTensor(device, target)] as const)),
    ),
  };
}

/** Gradients of Σ seed · out by central differences in float64, and the result itself. */
export async function numerically(opCase: OpCase, step = 1e-5): Promise<Evaluation> {
  const device = new CpuDevice(Float64Array);
  const tape = new Tape(device);
  const { tensors, out } = record(tape, opCase, false);
  const kept = persistent(device, "out", out.shape);
  tape.copy(out, kept);
  const program: Program = await tape.compile("forward");
  const run = (): Promise<Numbers> => {
    void device.submit([program]);
    return readTensor(device, kept);
  };
  const result = await run();
  const seed = seedValues(result.length);
  const gradients: Record<string, Float64Array> = {};
  for (const [name, shape] of Object.entries(opCase.inputs)) {
    const values = inputValues(opCase, name);
    const gradient = new Float64Array(sizeOf(shape));
    const at = async (index: number, value: number): Promise<number> => {
      writeTensor(device, tensors[name]!, values.with(index, value));
      const moved = await run();
      return seed.reduce((sum, weight, i) => sum + weight * moved[i]!, 0);
    };
    for (let index = 0; index < gradient.length; index++) {
      const [above, below] = [await at(index, values[index]! + step), await at(index, values[index]! - step)];
      gradient[index] = (above - below) / (2 * step);
    }
    writeTensor(device, tensors[name]!, values);
    gradients[name] = gradient;
  }
  return { out: result, gradients };
}

/** Places the inputs and records the operation. @param isWatched whether gradients will be asked for. */
function record(tape: Tape, opCase: OpCase, isWatched: boolean): { tensors: Record<string, Tensor>; out: Tensor } {
  const { device } = tape;
  const tensors: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(opCase.inputs)) {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, inputValues(opCase, name));
    if (isWatched) tape.watch(tensor);
    tensors[name] = tensor;
  }
  for (const [name, { shape, values }] of Object.entries(opCase.constants ?? {})) {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, values);
    tensors[name] = tensor;
  }
  return { tensors, out: opCase.build(tape, tensors) };
}

function inputValues({ inputs, values }: OpCase, name: string): Float64Array {
  const given = values?.[name];
  return given ? Float64Array.from(given) : noise(sizeOf(inputs[name]!), Object.keys(inputs).indexOf(name) + 1);
}

function seedValues(length: number): Float64Array {
  return noise(length, 99);
}
