import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import type { ElementFormat } from "../kernels/formats.ts";
import type { Kernel, Numbers } from "../kernels/kernel.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, rowMajor, writeTensor } from "../ops/tensor.ts";
import { type Check, noise, relativeError, type Tolerance, times, unwritten } from "./check.ts";

/** A run of a kernel. */
export interface KernelCall {
  readonly params: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  /** Values of what the kernel reads, and of what it updates before it does. */
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
  /** How those of them are stored that are not stored in float32. */
  readonly formats?: Readonly<Record<string, ElementFormat>>;
  /** Elements of what it writes. */
  readonly outputs: Readonly<Record<string, number>>;
  /** Updated tensors whose values afterwards mean nothing. */
  readonly scratch?: readonly string[];
}

/** A check of a kernel, which other sizes can be given. */
export interface KernelCheck extends Check {
  readonly kernel: Kernel;
  readonly size: readonly number[];
  params(): Readonly<Record<string, number>>;
  resized(size: readonly number[]): KernelCheck;
}

/** Draws noise in [−1, 1), other numbers with every call. */
export type Draw = (length: number) => Float64Array;

/** Elements behind every tensor that a kernel writes, which it has to leave alone. */
const GUARD = 5;

/**
 * Checks of a kernel over several sizes: its shader against its reference loop in float64.
 *
 * @param about what is special about these sizes.
 */
export function kernelChecks<const S extends readonly number[]>(
  kernel: Kernel,
  tolerance: Tolerance,
  sizes: readonly S[],
  call: (size: S, draw: Draw) => KernelCall,
  about?: string,
): KernelCheck[] {
  const shapeOf = (size: S) => (size.length === 1 ? `${size[0]} elements` : times(size));
  const checkOf = (size: S): KernelCheck => ({
    kind: "kernel",
    name: kernel.name,
    shape: about === undefined ? shapeOf(size) : `${shapeOf(size)}, ${about}`,
    tolerance,
    kernel,
    size,
    params: () => call(size, (length) => new Float64Array(length)).params,
    resized: (other) => checkOf(other as S),
    async run(device) {
      let stream = 0;
      const made = call(size, (length) => noise(length, stream++));
      const expected = await results(new CpuDevice(Float64Array), kernel, made);
      const actual = await results(device, kernel, made);
      return Math.max(...Object.keys(expected).map((name) => errorOf(name, actual[name]!, expected[name]!)));
    },
  });
  return sizes.map(checkOf);
}

/** Everything that a kernel has written, with the guard behind it. */
async function results(
  device: Device,
  kernel: Kernel,
  { params, flags = {}, inputs, formats = {}, outputs, scratch = [] }: KernelCall,
): Promise<Record<string, Numbers>> {
  const given = (name: string): ArrayLike<number> => {
    const values = inputs[name];
    if (!values) throw new EngineError(`the check of ${kernel.name} gives nothing for ${name}`);
    return values;
  };
  const missing = Object.keys(kernel.params).find((name) => params[name] === undefined);
  if (missing !== undefined) throw new EngineError(`the check of ${kernel.name} gives no ${missing}`);
  const place = (name: string, values: ArrayLike<number>) => {
    const shape = [values.length];
    const tensor = persistent(device, name, shape, rowMajor(shape), formats[name]);
    writeTensor(device, tensor, values);
    return [name, tensor] as const;
  };
  const read = kernel.reads.map((name) => place(name, given(name)));
  const changed = [
    ...kernel.updates.map((name) => place(name, [...Array.from(given(name)), ...unwritten(GUARD)])),
    ...kernel.writes.map((name) => place(name, unwritten(outputs[name]! + GUARD))),
  ];
  const tape = new Tape(device);
  tape.dispatch(kernel, { tensors: Object.fromEntries([...read, ...changed]), params, flags });
  void device.submit([await tape.compile(kernel.name)]);
  const kept = changed.filter(([name]) => !scratch.includes(name));
  return Object.fromEntries(
    await Promise.all(kept.map(async ([name, tensor]) => [name, await readTensor(device, tensor)] as const)),
  );
}

/** @throws EngineError where the two differ in which elements were written. */
function errorOf(name: string, actual: Numbers, expected: Numbers): number {
  const written: number[] = [];
  expected.forEach((value, at) => {
    if (Number.isNaN(value) && !Number.isNaN(actual[at]!)) {
      throw new EngineError(`element ${at} of ${name} was written, which does not belong to the result`);
    }
    if (!Number.isNaN(value)) written.push(at);
  });
  if (written.length === 0) throw new EngineError(`the reference writes no number to ${name}`);
  const missing = written.find((at) => Number.isNaN(actual[at]!));
  if (missing !== undefined) throw new EngineError(`element ${missing} of ${name} is no number`);
  return relativeError(
    written.map((at) => actual[at]!),
    written.map((at) => expected[at]!),
  );
}
