import { DeviceLostError, GpuUnavailableError, OutOfMemoryError } from "../errors.ts";
import { type ElementFormat, elementSize, packed, unpacked } from "../kernels/formats.ts";
import type { AdapterKind, AdapterTraits, Numbers } from "../kernels/kernel.ts";
import { findAdapter, grantedBy, traitsOf } from "./adapters.ts";
import type {
  AdapterDescription,
  BoundDispatch,
  FeatureLevel,
  Memory,
  Program,
  Readback,
  TrainingDevice,
} from "./device.ts";
import { bufferOf, encode, GpuMemory, GpuProgram, GpuReadback, type Step } from "./gpuResources.ts";
import { Ledger } from "./ledger.ts";
import { bytesWithin, megabytes } from "./limits.ts";
import { laidOut, placesOf, writeSets } from "./params.ts";
import { PipelineCache } from "./pipelines.ts";
import { MAX_UNFINISHED, Submissions } from "./submissions.ts";

/** Host-side buffers per readback; one more than may be in flight, so that a regular copy always finds one. */
export const READBACK_SLOTS = MAX_UNFINISHED + 1;

/** A WebGPU device. The engine never touches `navigator`: the page passes its `GPU`, Node passes Dawn's. */
export class GpuDevice implements TrainingDevice {
  readonly kind: AdapterKind;
  readonly description: AdapterDescription;
  readonly ledger = new Ledger();
  readonly lost: Promise<never>;
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  /** Dawn in Node aborts the process once the GPU object is collected, so it is kept. */
  readonly gpu: GPU;
  #allocations: Promise<OutOfMemoryError | undefined>[] = [];
  readonly #submissions = new Submissions();
  #lossMessage: string | undefined;

  private constructor(gpu: GPU, device: GPUDevice, description: AdapterDescription) {
    this.gpu = gpu;
    this.#device = device;
    this.description = description;
    this.kind = description.kind;
    this.#pipelines = new PipelineCache(device, description, this.ledger);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.ledger.uncaptured(event.error.message);
    });
    this.lost = device.lost.then(({ reason, message }) => {
      this.#lossMessage = message || reason;
      throw this.#lossError();
    });
    this.lost.catch(() => {});
  }

  /**
   * @param as choose kernels as if the adapter had these traits; what is left out is as the adapter says of itself.
   * @param levels what to ask for, see `findAdapter`.
   * @throws GpuUnavailableError when there is no adapter or it grants no device.
   */
  static async open(gpu: GPU, as: Partial<AdapterTraits> = {}, levels?: readonly FeatureLevel[]): Promise<GpuDevice> {
    const found = await findAdapter(gpu, levels);
    if (!found) {
      throw new GpuUnavailableError(
        "WebGPU is there, but no graphics adapter",
        "Updating the graphics driver often helps; without a graphics card, run on the processor.",
      );
    }
    const { adapter, featureLevel } = found;
    const traits = { ...traitsOf(adapter), ...as };
    const device = await grantedBy(adapter, traits);
    const { vendor, architecture, description } = adapter.info;
    return new GpuDevice(gpu, device, {
      vendor,
      architecture,
      description,
      featureLevel,
      ...traits,
      maxBufferSize: device.limits.maxBufferSize,
      maxStorageBufferBindingSize: device.limits.maxStorageBufferBindingSize,
    });
  }

  get kernelChoice(): string | undefined {
    return this.#pipelines.kernelChoice;
  }

  set kernelChoice(choice: string | undefined) {
    this.#pipelines.kernelChoice = choice;
  }

  allocate(label: string, length: number, format: ElementFormat = "float32"): GpuMemory {
    this.#assertAlive();
    const bytes = bytesWithin(this.description, label, length, format);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return new GpuMemory(label, format, length, this.#buffer(label, bytes, usage), this.ledger);
  }

  write(memory: Memory, offset: number, values: ArrayLike<number>): void {
    this.#assertAlive();
    const { format } = memory;
    const data = dataOf(values, format);
    this.#device.queue.writeBuffer(bufferOf(memory), elementSize(format) * offset, data);
  }

  async read(memory: Memory, offset: number, length: number): Promise<Numbers> {
    const { format } = memory;
    // A readback copies words, of which some hold two elements.
    const perWord = 4 / elementSize(format);
    const skipped = offset % perWord;
    const readback = this.readback(memory, Math.floor(offset / perWord), Math.ceil((skipped + length) / perWord), 1);
    try {
      await this.settle();
      const values = await this.submit([], [readback])[0]!;
      return format === "float32" ? values : unpacked(new Uint16Array(values.buffer, 2 * skipped, length), format);
    } finally {
      readback.destroy();
    }
  }

  async settle(): Promise<void> {
    const failures = await Promise.all(this.#allocations.splice(0));
    this.#assertAlive();
    for (const failure of failures) if (failure) throw failure;
  }

  async compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    this.#assertAlive();
    const { places, bytes } = placesOf(dispatches);
    const params = this.#buffer(`${label} params`, bytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    const data = new DataView(new ArrayBuffer(bytes));
    try {
      const [steps] = await Promise.all([
        Promise.all(
          dispatches.map(async (dispatch, index): Promise<Step> => {
            const { pipeline, layout, variant } = await this.#pipelines.get(
              dispatch.kernel,
              dispatch.flags,
              dispatch.params,
              Object.fromEntries(
                dispatch.kernel.anyFormat.map((name) => [name, dispatch.tensors[name]!.memory.format]),
              ),
              dispatch.parts !== undefined,
            );
            const { grid, sets } = laidOut(dispatch, variant);
            const place = places[index]!;
            writeSets(data, place.offset, dispatch, sets);
            return { pipeline, bindGroup: this.#bindGroup(layout, dispatch, { buffer: params, ...place }), grid };
          }),
        ),
        this.settle(),
      ]);
      this.#device.queue.writeBuffer(params, 0, data.buffer);
      return new GpuProgram(label, steps, () => {
        params.destroy();
        this.ledger.freed(params.size);
      });
    } catch (error) {
      params.destroy();
      this.ledger.freed(params.size);
      throw error;
    }
  }

  readback(memory: Memory, offset: number, length: number, slots = READBACK_SLOTS): GpuReadback {
    this.#assertAlive();
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const buffers = Array.from({ length: slots }, () => this.#buffer(`${memory.label} readback`, 4 * length, usage));
    return new GpuReadback(bufferOf(memory), 4 * offset, buffers, this.ledger);
  }

  submit(programs: readonly Program[], readbacks: readonly Readback[] = []): Promise<Numbers>[] {
    this.#assertAlive();
    const steps = programs.flatMap((program) => (program as GpuProgram).steps);
    // A card draws the page between two command buffers; a software adapter has its threads for that.
    const parts = this.kind === "hardware" ? this.#submissions.partsOf(steps.length) : 1;
    for (let part = 0; part < parts - 1; part++) {
      const encoder = this.#device.createCommandEncoder();
      encode(encoder, sliceOf(steps, part, parts));
      this.#submitOne(encoder);
    }
    const encoder = this.#device.createCommandEncoder();
    if (steps.length > 0) encode(encoder, sliceOf(steps, parts - 1, parts));
    const copies = readbacks.map((readback) => (readback as GpuReadback).copy(encoder));
    this.#submitOne(encoder);
    // A lost device rejects its waits; `lost` is where that is reported.
    this.#submissions.add(this.#device.queue.onSubmittedWorkDone(), steps.length);
    return copies.map((map) => map());
  }

  async room(): Promise<void> {
    await this.#submissions.room();
    this.#assertAlive();
  }

  async idle(): Promise<void> {
    await this.#submissions.idle();
    this.#assertAlive();
  }

  destroy(): void {
    this.#device.destroy();
  }

  #buffer(label: string, bytes: number, usage: number): GPUBuffer {
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer({ label, size: bytes, usage });
    this.#allocations.push(
      this.#device.popErrorScope().then(
        (error) =>
          error
            ? new OutOfMemoryError(
                `the device has no room for ${label} (${megabytes(bytes)} on top of ${megabytes(this.ledger.liveBytes)})`,
                "Close what else uses the graphics card, choose more accumulation steps, a smaller batch or shorter texts, or switch gradient checkpointing on.",
              )
            : undefined,
        () => undefined,
      ),
    );
    this.ledger.allocated(bytes);
    return buffer;
  }

  #bindGroup(layout: GPUBindGroupLayout, { kernel, tensors }: BoundDispatch, params: GPUBufferBinding): GPUBindGroup {
    const names = [...kernel.reads, ...kernel.updates, ...kernel.writes];
    this.ledger.bindGroupsCreated++;
    return this.#device.createBindGroup({
      label: kernel.name,
      layout,
      entries: [
        { binding: 0, resource: params },
        ...names.map((name, slot) => {
          const { memory, offset, length } = tensors[name]!;
          const bytes = elementSize(memory.format);
          const size = 4 * Math.ceil((bytes * length) / 4);
          return { binding: slot + 1, resource: { buffer: bufferOf(memory), offset: bytes * offset, size } };
        }),
      ],
    });
  }

  #submitOne(encoder: GPUCommandEncoder): void {
    this.#device.queue.submit([encoder.finish()]);
    this.ledger.submissions++;
  }

  #assertAlive(): void {
    if (this.#lossMessage !== undefined) throw this.#lossError();
  }

  #lossError(): DeviceLostError {
    return new DeviceLostError(
      `the graphics device was lost: ${this.#lossMessage}`,
      "Start the run again; if it happens twice, choose a smaller batch or close what else uses the graphics card.",
    );
  }
}

/** Values as a buffer of that format holds them, padded to whole words, which is what WebGPU writes. */
function dataOf(
  values: ArrayLike<number>,
  format: ElementFormat,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (format === "float32")
    return values instanceof Float32Array ? (values as Float32Array<ArrayBuffer>) : Float32Array.from(values);
  const stored = packed(values, format);
  if (stored.length % 2 === 0) return stored;
  const whole = new Uint16Array(stored.length + 1);
  whole.set(stored);
  return whole;
}

/** Part number `part` of so many of about one size. */
function sliceOf<T>(all: readonly T[], part: number, parts: number): readonly T[] {
  const at = (edge: number) => Math.round((edge * all.length) / parts);
  return all.slice(at(part), at(part + 1));
}
