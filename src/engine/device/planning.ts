import type { ElementFormat } from "../kernels/formats.ts";
import type { AdapterKind, Numbers } from "../kernels/kernel.ts";
import type { BoundDispatch, Device, DeviceLimits, Memory, Program, Readback } from "./device.ts";
import { READBACK_SLOTS } from "./gpu.ts";
import { Ledger } from "./ledger.ts";
import { bytesWithin, outOfMemory } from "./limits.ts";
import { placesOf } from "./params.ts";

/**
 * A device that holds nothing and computes nothing, but keeps the ledger of what a GPU would be asked for: a run that
 * is prepared on it says what it needs before anything is allocated, and is refused where one buffer is too large.
 */
export class PlanningDevice implements Device {
  readonly kind: AdapterKind;
  readonly ledger = new Ledger();
  readonly lost = new Promise<never>(() => {});
  /** The largest buffer that was asked for. */
  largest = { label: "", bytes: 0 };
  readonly #limits: DeviceLimits;

  /** @throws OutOfMemoryError from `allocate`, as the device with these limits would. */
  constructor(limits: DeviceLimits, kind: AdapterKind = "hardware") {
    this.#limits = limits;
    this.kind = kind;
  }

  allocate(label: string, length: number, format: ElementFormat = "float32"): Memory {
    const bytes = bytesWithin(this.#limits, label, length, format);
    if (bytes > this.largest.bytes) this.largest = { label, bytes };
    return { label, format, length, destroy: this.#count(bytes) };
  }

  write(): void {}

  async read(_memory: Memory, _offset: number, length: number): Promise<Numbers> {
    this.#ofGpu(4 * length)();
    return new Float32Array(length);
  }

  async compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    const destroy = this.#ofGpu(placesOf(dispatches).bytes);
    return { label, dispatches: dispatches.length, destroy };
  }

  async settle(): Promise<void> {}

  readback(_memory: Memory, _offset: number, length: number): Readback & { readonly length: number } {
    return { free: true, length, destroy: this.#ofGpu(4 * length * READBACK_SLOTS) };
  }

  submit(_programs: readonly Program[], readbacks: readonly Readback[] = []): Promise<Numbers>[] {
    return readbacks.map(async (readback) => new Float32Array((readback as Readback & { length: number }).length));
  }

  async room(): Promise<void> {}

  async idle(): Promise<void> {}

  destroy(): void {}

  /** What a GPU takes beside its tensors, and a processor does without. */
  #ofGpu(bytes: number): () => void {
    return this.kind === "cpu" ? () => {} : this.#count(bytes);
  }

  /** Takes bytes up in the ledger. @returns what takes them out again, once. @throws OutOfMemoryError. */
  #count(bytes: number): () => void {
    this.ledger.allocated(bytes);
    const { maxMemory = Number.POSITIVE_INFINITY } = this.#limits;
    if (this.ledger.liveBytes > maxMemory) throw outOfMemory(this.ledger.liveBytes, maxMemory);
    let isLive = true;
    return () => {
      if (isLive) this.ledger.freed(bytes);
      isLive = false;
    };
  }
}
