import { EngineError } from "../errors.ts";
import { type ElementFormat, packed, unpacked } from "../kernels/formats.ts";
import type { Numbers } from "../kernels/kernel.ts";
import {
  type AdapterDescription,
  aligned,
  type BoundDispatch,
  type Memory,
  type Program,
  type Readback,
  type TrainingDevice,
} from "./device.ts";
import { Ledger } from "./ledger.ts";

/** Of one buffer. Browsers give more to some pages and less to none. */
const LARGEST_BYTES = 2 ** 31;

/**
 * Runs the kernels' references: in float64 to check gradients and as the meaning of every program; in float32, with
 * products in WebAssembly, to train where there is no GPU.
 */
export class CpuDevice implements TrainingDevice {
  readonly kind = "cpu";
  readonly description: AdapterDescription = {
    vendor: "",
    architecture: "",
    description: "processor, one thread",
    kind: "cpu",
    subgroups: false,
    shaderF16: false,
    maxBufferSize: LARGEST_BYTES,
    maxStorageBufferBindingSize: LARGEST_BYTES,
  };
  readonly ledger = new Ledger();
  readonly lost = new Promise<never>(() => {});
  readonly #Array: Float32ArrayConstructor | Float64ArrayConstructor;

  constructor(array: Float32ArrayConstructor | Float64ArrayConstructor = Float32Array) {
    this.#Array = array;
  }

  /** Whatever the format, a number takes the room of one of this device's; it holds what the format can. */
  allocate(label: string, length: number, format: ElementFormat = "float32"): CpuMemory {
    return new CpuMemory(label, format, new this.#Array(aligned(length)), this.ledger);
  }

  write(memory: Memory, offset: number, values: ArrayLike<number>): void {
    const { format } = memory;
    valuesOf(memory).set(format === "float32" ? values : unpacked(packed(values, format), format), offset);
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

  /** Nothing is ever unfinished, but messages that came while a step was computed get their turn. */
  room(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve));
  }

  idle(): Promise<void> {
    return this.room();
  }

  destroy(): void {}
}

class CpuMemory implements Memory {
  readonly label: string;
  readonly format: ElementFormat;
  readonly length: number;
  values: Numbers | undefined;
  readonly #ledger: Ledger;

  constructor(label: string, format: ElementFormat, values: Numbers, ledger: Ledger) {
    this.label = label;
    this.format = format;
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
  readonly #memories: ReadonlySet<Memory>;
  readonly #calls: readonly (() => void)[];

  constructor(label: string, dispatches: readonly BoundDispatch[]) {
    this.label = label;
    this.dispatches = dispatches.length;
    this.#memories = new Set(dispatches.flatMap(({ tensors }) => Object.values(tensors).map(({ memory }) => memory)));
    this.#calls = dispatches.map(callOf);
  }

  run(): void {
    for (const memory of this.#memories) valuesOf(memory);
    for (const call of this.#calls) call();
  }

  destroy(): void {}
}

function callOf({ kernel, tensors, params, flags }: BoundDispatch): () => void {
  const views = Object.fromEntries(
    Object.entries(tensors).map(([name, { memory, offset, length }]) => [
      name,
      valuesOf(memory).subarray(offset, offset + length),
    ]),
  );
  const isFloat32 = Object.values(views).every((view) => view instanceof Float32Array);
  if (kernel.fast && isFloat32) return () => kernel.fast!(views as Record<string, Float32Array>, params, flags);
  return () => kernel.reference(views, params, flags);
}

function valuesOf(memory: Memory): Numbers {
  const { values } = memory as CpuMemory;
  if (!values) throw new EngineError(`${memory.label} was used after it was destroyed`);
  return values;
}
