import type { Device, Program, Readback } from "../device/device.ts";
import { MOST_COLUMNS } from "../linalg/orthonormalise.ts";
import { productSingularValues } from "../linalg/productSingularValues.ts";
import { FRESH, topSingularValues } from "../linalg/topSingularValues.ts";
import type { Pair } from "../methods/adapters/adapter.ts";
import { matmul } from "../ops/matmul.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { Network } from "./network.ts";
import { streams } from "./streams.ts";

/** Singular values that are followed where an update has more than an adapter's rank of them. */
const FOLLOWED = 12;

/** Power steps per measurement; the basis of the one before is the start, so few are needed. */
const POWER_STEPS = 2;

/** Below this share of an update's largest singular value float32 has nothing to say (spec §5.4). */
export const SPECTRUM_FLOOR = 1e-6;

/** What block power iteration keeps between measurements, and what it starts afresh from. */
interface Basis {
  readonly kept: Tensor;
  readonly fresh: Tensor;
}

/** Where a layer's values lie on the device, which orders them by class, and the factor that they still lack. */
interface Row {
  readonly row: number;
  readonly scale: number;
}

/** The singular values of every watched layer's update, measured on the device and read back as a few numbers. */
export class SpectrumProbe {
  /** Singular values per layer. */
  readonly size: number;
  readonly program: Program;
  readonly readback: Readback;
  readonly #device: Device;
  readonly #bases: readonly Basis[];
  readonly #values: Tensor;
  readonly #rows: readonly Row[];

  private constructor(
    device: Device,
    parts: { size: number; values: Tensor; bases: Basis[]; program: Program; rows: Row[] },
  ) {
    this.#device = device;
    this.size = parts.size;
    this.program = parts.program;
    this.#values = parts.values;
    this.#bases = parts.bases;
    this.#rows = parts.rows;
    this.readback = device.readback(memoryOf(parts.values), 0, sizeOf(parts.values.shape));
  }

  /** @param order layer ids in the order in which spectra are reported. */
  static async compile(
    device: Device,
    workspace: Workspace,
    network: Network,
    order: readonly string[],
  ): Promise<SpectrumProbe> {
    const tape = new Tape(device, workspace);
    const bases: Basis[] = [];
    const found = network.classes.map((layerClass) => {
      const update = network.update(tape, layerClass);
      if (update.kind === "pair" && update.up.shape[2]! <= MOST_COLUMNS) {
        const { up, down, scale, thin = { left: up, right: down } } = update;
        return { layerClass, scale, values: productSingularValues(tape, thin) };
      }
      const { current, initial } = update.kind === "pair" ? { current: dense(tape, update) } : update;
      const [count, , cols] = current.shape as [number, number, number];
      const width = Math.min(FOLLOWED, ...current.shape.slice(1));
      const shape = [count, cols, width];
      const place = (name: string) => persistent(device, name, shape, stacked(shape));
      const basis = { kept: place("spectrum basis"), fresh: place("fresh directions") };
      bases.push(basis);
      const values = topSingularValues(tape, { current, ...(initial && { initial }) }, basis, POWER_STEPS);
      return { layerClass, scale: 1, values };
    });
    const size = Math.min(...found.map(({ values }) => values.shape[1]!));
    const values = persistent(device, "spectra", [order.length, size]);
    const rows = new Map<string, Row>();
    for (const { layerClass, scale, values: own } of found) {
      const first = rows.size;
      const [count, width] = own.shape as [number, number];
      const top = width === size ? own : tape.view(own, { shape: [count, size], strides: own.strides });
      tape.copy(top, tape.view(values, { shape: [count, size], offset: first * size }));
      for (const [index, { id }] of layerClass.layers.entries()) rows.set(id, { row: first + index, scale });
    }
    const program = await tape.compile("spectra");
    const probe = new SpectrumProbe(device, { size, values, bases, program, rows: order.map((id) => rows.get(id)!) });
    probe.reset();
    return probe;
  }

  /** Whether every value is exact, through small factors, rather than found by power iteration. */
  get isExact(): boolean {
    return this.#bases.length === 0;
  }

  /** Forgets earlier measurements, so that a repeated run gets the same numbers. */
  reset(): void {
    for (const { kept, fresh } of this.#bases) {
      const normals = new RandomStream(0, streams.calibration).normals(sizeOf(kept.shape));
      writeTensor(this.#device, kept, normals);
      writeTensor(
        this.#device,
        fresh,
        normals.map((x) => FRESH * x),
      );
    }
  }

  /** @param read what the readback gave. @returns [layers, size], in the order asked for, largest first. */
  ordered(read: ArrayLike<number>): Float32Array {
    const out = new Float32Array(this.#rows.length * this.size);
    this.#rows.forEach(({ row, scale }, position) => {
      for (let index = 0; index < this.size; index++)
        out[position * this.size + index] = scale * read[row * this.size + index]!;
    });
    return out;
  }

  destroy(): void {
    this.program.destroy();
    this.readback.destroy();
    for (const tensor of [this.#values, ...this.#bases.flatMap(({ kept, fresh }) => [kept, fresh])])
      tensor.storage.memory!.destroy();
  }
}

/** ΔW of a pair with more columns than go through its factors. */
function dense(tape: Tape, { up, down, scale }: Pair): Tensor {
  const shape = [up.shape[0]!, up.shape[1]!, down.shape[1]!];
  return matmul(tape, up, down, { transposeB: true, scale, strides: stacked(shape) });
}
