import { type ElementFormat, elementSize } from "../kernels/formats.ts";
import type { AdapterKind, AdapterTraits, Kernel, Numbers } from "../kernels/kernel.ts";
import type { Ledger } from "./ledger.ts";

/** A stretch of device memory, counted in elements of its format. Whoever allocates it destroys it. */
export interface Memory {
  readonly label: string;
  readonly format: ElementFormat;
  readonly length: number;
  destroy(): void;
}

/** Where a bound tensor starts and how far it reaches, in elements; `offset` is a multiple of `alignmentOf` its format. */
export interface Binding {
  readonly memory: Memory;
  readonly offset: number;
  readonly length: number;
}

/** One run of a kernel with everything that it needs. */
export interface BoundDispatch {
  readonly kernel: Kernel;
  readonly tensors: Readonly<Record<string, Binding>>;
  readonly params: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Where it is several in one (`Kernel.several`): all of them, in order. The params are those of the first. */
  readonly parts?: readonly DispatchPart[];
}

/** One of several that a GPU computes in one dispatch. */
export interface DispatchPart {
  /** With offsets in what the whole has bound. */
  readonly params: Readonly<Record<string, number>>;
  /** How many parts, this one and those behind it, are the terms of one sum. */
  readonly terms: number;
}

/** A list of dispatches, ready to be submitted any number of times. */
export interface Program {
  readonly label: string;
  readonly dispatches: number;
  destroy(): void;
}

/** A stretch of memory that a submission can copy out; its host-side buffers are made once, here. */
export interface Readback {
  /** False while every host-side buffer waits for an earlier copy; submitting it then is an error. */
  readonly free: boolean;
  destroy(): void;
}

/**
 * Where memory lives and programs run.
 *
 * Allocation is immediate and its failure is reported by the next `compile` or `settle`, because a GPU answers
 * late; nothing may be submitted before one of the two has resolved.
 */
export interface Device {
  readonly kind: AdapterKind;
  /** See `Selection.kernelChoice`: how what is recorded and compiled from now on computes products and attention. */
  kernelChoice?: string | undefined;
  readonly ledger: Ledger;
  /** Rejects with DeviceLostError when the device goes away; never resolves. */
  readonly lost: Promise<never>;

  /** @throws OutOfMemoryError when `length` is over a limit of the device. Memory starts as zeros. */
  allocate(label: string, length: number, format?: ElementFormat): Memory;
  /** Values are rounded to what the memory's format holds. */
  write(memory: Memory, offset: number, values: ArrayLike<number>): void;
  read(memory: Memory, offset: number, length: number): Promise<Numbers>;
  /** @throws OutOfMemoryError, KernelError. */
  compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program>;
  /** Waits for the answers to all allocations so far. @throws OutOfMemoryError. */
  settle(): Promise<void>;
  readback(memory: Memory, offset: number, length: number): Readback;
  /**
   * Runs programs in order as one submission, then copies out the readbacks.
   *
   * @returns one promise per readback. They are not to be awaited on the hot path.
   */
  submit(programs: readonly Program[], readbacks?: readonly Readback[]): Promise<Numbers>[];
  /** Resolves once fewer than a fixed number of submissions are unfinished: the bound on the queue. */
  room(): Promise<void>;
  idle(): Promise<void>;
  destroy(): void;
}

/** Bytes. */
export interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  /** Of all memory together, where that is known. */
  readonly maxMemory?: number;
}

/** What of WebGPU a graphics device has: all of its core, or what older graphics interfaces can do. */
export type FeatureLevel = "core" | "compatibility";

/** What the user's device says of itself, for the page's device line and a run's record. */
export interface AdapterDescription extends DeviceLimits, AdapterTraits {
  /** Absent for a processor. */
  readonly featureLevel?: FeatureLevel;
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
}

/** What a device is called; a processor has no vendor, and some devices say nothing of themselves. */
export function nameOfDevice({
  vendor,
  architecture,
  description,
  featureLevel,
}: Pick<AdapterDescription, "vendor" | "architecture" | "description" | "featureLevel">): string {
  const name = [vendor, architecture || description].filter(Boolean).join(" ") || "a device without a name";
  return featureLevel === "compatibility" ? `${name} in WebGPU's compatibility mode` : name;
}

/** A device that runs can be trained on. */
export interface TrainingDevice extends Device {
  readonly description: AdapterDescription;
}

/** Storage bindings start at multiples of 256 bytes, here float32 elements: the limit every WebGPU device grants. */
export const ALIGNMENT = 64;

/** The same in elements of a format. */
export function alignmentOf(format: ElementFormat): number {
  return (4 * ALIGNMENT) / elementSize(format);
}

/** `length` rounded up so that something may be bound right after it. */
export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
