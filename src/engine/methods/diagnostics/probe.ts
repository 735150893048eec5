import type { Device, Program, Readback } from "../../device/device.ts";
import type { Workspace } from "../../ops/memoryPlan.ts";
import { Tape } from "../../ops/tape.ts";
import { memoryOf, persistent, sizeOf, stacked, type Tensor, writeTensor } from "../../ops/tensor.ts";
import { RandomStream } from "../../random/stream.ts";
import type { Fields } from "../method.ts";
import {
  type Column,
  type Measurement,
  type OwnSettings,
  type Room,
  type Tensors,
  type WatchedLayers,
  widthOf,
} from "./diagnostic.ts";

/** The random stream that starting directions are drawn from, under seed 0 whatever the run's. */
const DIRECTIONS = 2;

/** Where a layer's values lie on the device, which orders them by shape, and the factor that they still lack. */
interface Row {
  readonly row: number;
  readonly scale: number;
}

/** What a diagnostic keeps on a device, and how it goes back to its start. */
export class DiagnosticRoom implements Room {
  readonly #device: Device;
  readonly #places: { readonly tensor: Tensor; readonly start: ArrayLike<number> }[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  place(name: string, shape: readonly number[], start: ArrayLike<number>): Tensor {
    const tensor = persistent(this.#device, name, shape, stacked(shape));
    writeTensor(this.#device, tensor, start);
    this.#places.push({ tensor, start });
    return tensor;
  }

  normals(count: number): Float64Array {
    return new RandomStream(0, DIRECTIONS).normals(count);
  }

  reset(): void {
    for (const { tensor, start } of this.#places) writeTensor(this.#device, tensor, start);
  }

  destroy(): void {
    for (const { tensor } of this.#places) memoryOf(tensor).destroy();
  }
}

export interface ProbeOptions {
  readonly layers: readonly WatchedLayers[];
  /** Layer ids in the order in which values are reported. */
  readonly order: readonly string[];
  readonly settings: OwnSettings<Fields>;
  /** What was kept of the first gradient, by layers; the probe takes it over. */
  readonly kept?: ReadonlyMap<WatchedLayers, Tensors>;
}

/** One diagnostic of every watched layer, measured on the device and read back as a few numbers. */
export class DiagnosticProbe {
  /** Values per layer. */
  readonly columns: readonly Column[];
  /** Whether every update is measured through thin factors. */
  readonly isThin: boolean;
  readonly program: Program;
  readonly readback: Readback;
  readonly #room: DiagnosticRoom;
  readonly #owned: readonly Tensor[];
  readonly #rows: readonly Row[];

  private constructor(
    device: Device,
    parts: {
      columns: readonly Column[];
      isThin: boolean;
      values: Tensor;
      room: DiagnosticRoom;
      kept: readonly Tensor[];
      program: Program;
      rows: Row[];
    },
  ) {
    this.columns = parts.columns;
    this.isThin = parts.isThin;
    this.program = parts.program;
    this.#room = parts.room;
    this.#owned = [parts.values, ...parts.kept];
    this.#rows = parts.rows;
    this.readback = device.readback(memoryOf(parts.values), 0, sizeOf(parts.values.shape));
  }

  static async compile(
    device: Device,
    workspace: Workspace,
    label: string,
    entry: Measurement,
    { layers, order, settings, kept = new Map() }: ProbeOptions,
  ): Promise<DiagnosticProbe> {
    // Recorded to look at its shapes, and then forgotten.
    const sketch = new Tape(device, workspace);
    const updates = layers.map((each) => each.update(sketch));
    const columns = entry.columns(updates, settings);
    const width = widthOf(columns);
    const room = new DiagnosticRoom(device);
    const tape = new Tape(device, workspace);
    const found = layers.map((own) => ({
      ids: own.ids,
      ...entry.measure(tape, { update: own.update(tape), kept: kept.get(own) ?? {}, room, width }, settings),
    }));
    const values = persistent(device, label, [order.length, width]);
    const rows = new Map<string, Row>();
    for (const { ids, values: own, scale = 1 } of found) {
      const first = rows.size;
      tape.copy(own, tape.view(values, { shape: [ids.length, width], offset: first * width }));
      for (const [index, id] of ids.entries()) rows.set(id, { row: first + index, scale });
    }
    const program = await tape.compile(label);
    return new DiagnosticProbe(device, {
      columns,
      isThin: updates.every((update) => !("dense" in update)),
      values,
      room,
      kept: [...kept.values()].flatMap((tensors) => Object.values(tensors)),
      program,
      rows: order.map((id) => rows.get(id)!),
    });
  }

  /** Forgets earlier measurements, so that a repeated run gets the same numbers. */
  reset(): void {
    this.#room.reset();
  }

  /** @param read what the readback gave. @returns [layers, width], in the order asked for. */
  ordered(read: ArrayLike<number>): Float32Array {
    const width = widthOf(this.columns);
    const out = new Float32Array(this.#rows.length * width);
    this.#rows.forEach(({ row, scale }, position) => {
      for (let index = 0; index < width; index++) out[position * width + index] = scale * read[row * width + index]!;
    });
    return out;
  }

  destroy(): void {
    this.program.destroy();
    this.readback.destroy();
    this.#room.destroy();
    for (const tensor of this.#owned) memoryOf(tensor).destroy();
  }
}

/**
 * What a diagnostic keeps of layers' first gradient, in memory of its own.
 *
 * @param gradient [layers, in, out], any strides.
 */
export async function keepOf(
  device: Device,
  workspace: Workspace,
  entry: Measurement,
  gradient: Tensor,
  settings: OwnSettings<Fields>,
): Promise<Tensors> {
  if (!entry.keep) return {};
  const room = new DiagnosticRoom(device);
  const tape = new Tape(device, workspace);
  const found = Object.entries(entry.keep(tape, gradient, room, settings)).map(([name, tensor]) => {
    const own = persistent(device, `${name} of the first gradient`, tensor.shape, stacked(tensor.shape));
    tape.copy(tensor, own);
    return [name, own] as const;
  });
  const program = await tape.compile("first gradient");
  void device.submit([program]);
  await device.idle();
  program.destroy();
  room.destroy();
  return Object.fromEntries(found);
}
