import { EngineError } from "../errors.ts";
import type { ElementFormat } from "../kernels/formats.ts";
import type { Numbers } from "../kernels/kernel.ts";
import type { Memory, Program, Readback } from "./device.ts";
import type { Ledger } from "./ledger.ts";

// What a GpuDevice hands out.

/** One buffer, counted in the ledger while it lives. */
export class GpuMemory implements Memory {
  readonly label: string;
  readonly format: ElementFormat;
  readonly length: number;
  readonly buffer: GPUBuffer;
  readonly #ledger: Ledger;
  #alive = true;

  constructor(label: string, format: ElementFormat, length: number, buffer: GPUBuffer, ledger: Ledger) {
    this.label = label;
    this.format = format;
    this.length = length;
    this.buffer = buffer;
    this.#ledger = ledger;
  }

  destroy(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.buffer.destroy();
    this.#ledger.freed(this.buffer.size);
  }
}

/** A dispatch with everything that encoding it takes. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly grid: readonly [number, number, number];
}

/** Encodes steps as one pass. */
export function encode(encoder: GPUCommandEncoder, steps: readonly Step[]): void {
  const pass = encoder.beginComputePass();
  let current: GPUComputePipeline | undefined;
  for (const { pipeline, bindGroup, grid } of steps) {
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...grid);
  }
  pass.end();
}

/** Dispatches compiled once, to be encoded into any number of passes. */
export class GpuProgram implements Program {
  readonly label: string;
  readonly steps: readonly Step[];
  #release: (() => void) | undefined;

  constructor(label: string, steps: readonly Step[], release: () => void) {
    this.label = label;
    this.steps = steps;
    this.#release = release;
  }

  get dispatches(): number {
    return this.steps.length;
  }

  destroy(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** A copy to the host through a small ring of mappable buffers. */
export class GpuReadback implements Readback {
  readonly #from: GPUBuffer;
  readonly #offset: number;
  readonly #idle: GPUBuffer[];
  readonly #all: GPUBuffer[];
  readonly #ledger: Ledger;

  constructor(from: GPUBuffer, offset: number, buffers: GPUBuffer[], ledger: Ledger) {
    this.#from = from;
    this.#offset = offset;
    this.#idle = [...buffers];
    this.#all = buffers;
    this.#ledger = ledger;
  }

  get free(): boolean {
    return this.#idle.length > 0;
  }

  /** Encodes the copy. @returns what maps it, to be called after the submission. */
  copy(encoder: GPUCommandEncoder): () => Promise<Numbers> {
    const buffer = this.#idle.pop();
    if (!buffer) throw new EngineError("a readback was submitted while all of its buffers were in use");
    encoder.copyBufferToBuffer(this.#from, this.#offset, buffer, 0, buffer.size);
    return async () => {
      await buffer.mapAsync(GPUMapMode.READ);
      const values = new Float32Array(buffer.getMappedRange().slice(0));
      buffer.unmap();
      this.#idle.push(buffer);
      return values;
    };
  }

  destroy(): void {
    for (const buffer of this.#all.splice(0)) {
      buffer.destroy();
      this.#ledger.freed(buffer.size);
    }
  }
}

export function bufferOf(memory: Memory): GPUBuffer {
  return (memory as GpuMemory).buffer;
}
