import { EngineError } from "../errors.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { aligned, type BoundDispatch, type Device, type Memory, type Program, type Readback } from "./device.ts";
import { Ledger } from "./ledger.ts";

/**
 * Runs the kernels' references: in float64 to check gradients, in float32 to stand in for a GPU.
 * It is the meaning of every program, and far too slow to train a real model.
 */
export class CpuDevice implements Device {
  readonly kind = "cpu";
  readonly ledger = new Ledger();
  readonly lost = new Promise<never>(() => {});
  readonly #Array: Float32ArrayConstructor | Float64ArrayConstructor;

  constructor(array: Float32ArrayConstructor | Float64ArrayConstructor = Float32Array) {
    this.#Array = array;
  }

  allocate(label: string, length: number): CpuMemory {
    return new CpuMemory(label, new this.#Array(aligned(length)), this.ledger);
  }

  write(memory: Memory, offset: number, values: ArrayLike<number>): void {
    valuesOf(memory).set(values, offset);
  }

  async read(memory: Memory, offset: number, length: number): Promise<Numbers> {
    return valuesOf(memory).slice(offset, offset + length);
  }

  async compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    return new CpuProgram(label, dispatches);
  }

  async settle(): Promise<void> {}

  readback(memory: Memory, offset: number, length: number): Readback {
    return new CpuReadback(memory, offset, length);
  }

  submit(programs: readonly Program[], readbacks: readonly Readback[] = []): Promise<Numbers>[] {
    this.ledger.submissions++;
    for (const program of programs) (program as CpuProgram).run();
    return readbacks.map((readback) => {
      const { memory, offset, length } = readback as CpuReadback;
      return this.read(memory, offset, length);
    });
  }

  async room(): Promise<void> {}

  async idle(): Promise<void> {}

  destroy(): void {}
}

class CpuMemory implements Memory {
  readonly label: string;
  readonly length: number;
  values: Numbers | undefined;
  readonly #ledger: Ledger;

  constructor(label: string, values: Numbers, ledger: Ledger) {
    this.label = label;
    this.length = values.length;
    this.values = values;
    this.#ledger = ledger;
    ledger.allocated(values.byteLength);
  }

  destroy(): void {
    if (!this.values) return;
    this.#ledger.freed(this.values.byteLength);
    this.values = undefined;
  }
}

class CpuReadback implements Readback {
  readonly free = true;
  readonly memory: Memory;
  readonly offset: number;
  readonly length: number;

  constructor(memory: Memory, offset: number, length: number) {
    this.memory = memory;
    this.offset = offset;
    this.length = length;
  }

  destroy(): void {}
}

class CpuProgram implements Program {
  readonly label: string;
  readonly dispatches: number;
  readonly #dispatches: readonly BoundDispatch[];

  constructor(label: string, dispatches: readonly BoundDispatch[]) {
    this.label = label;
    this.dispatches = dispatches.length;
    this.#dispatches = dispatches;
  }

  run(): void {
    for (const { kernel, tensors, params, flags } of this.#dispatches) {
      const views = Object.entries(tensors).map(([name, { memory, offset, length }]) => [
        name,
        valuesOf(memory).subarray(offset, offset + length),
      ]);
      kernel.reference(Object.fromEntries(views) as Record<string, Numbers>, params, flags);
    }
  }

  destroy(): void {}
}

function valuesOf(memory: Memory): Numbers {
  const { values } = memory as CpuMemory;
  if (!values) throw new EngineError(`${memory.label} was used after it was destroyed`);
  return values;
}
