import type { Device, Program, Readback } from "../device/device.ts";
import type { Numbers } from "../kernels/kernel.ts";
import type { Column, Tensors, WatchedLayers } from "../methods/diagnostics/diagnostic.ts";
import { type DiagnosticSettings, type MeasurementName, measurementsOf } from "../methods/diagnostics/index.ts";
import { DiagnosticProbe } from "../methods/diagnostics/probe.ts";
import type { Workspace } from "../ops/memoryPlan.ts";

/** What was measured after a step, some time after its submission. */
export interface SubmittedMeasurement {
  readonly diagnostic: MeasurementName;
  /** [layers, columns] row-major. */
  readonly values: Promise<Float32Array>;
}

/** What diagnostics kept of the first gradient, by their names and by layers. */
export type KeptGradients = ReadonlyMap<MeasurementName, ReadonlyMap<WatchedLayers, Tensors>>;

interface Watched {
  readonly layers: readonly WatchedLayers[];
  /** Layer ids in the order in which values are reported. */
  readonly order: readonly string[];
  readonly settings: DiagnosticSettings;
  readonly kept?: KeptGradients;
}

/** All that a run measures of its updates. */
export class Measurements {
  readonly #probes: ReadonlyMap<MeasurementName, DiagnosticProbe>;

  private constructor(probes: ReadonlyMap<MeasurementName, DiagnosticProbe>) {
    this.#probes = probes;
  }

  static async compile(device: Device, workspace: Workspace, watched: Watched): Promise<Measurements> {
    const { layers, order, settings, kept } = watched;
    const probes = new Map<MeasurementName, DiagnosticProbe>();
    for (const { name, entry } of layers.length > 0 ? measurementsOf(settings) : []) {
      const own = kept?.get(name);
      const options = { layers, order, settings, ...(own && { kept: own }) };
      probes.set(name, await DiagnosticProbe.compile(device, workspace, name, entry, options));
    }
    return new Measurements(probes);
  }

  /** What each gives per layer. */
  get columns(): Readonly<Partial<Record<MeasurementName, readonly Column[]>>> {
    return Object.fromEntries([...this.#probes].map(([name, { columns }]) => [name, columns]));
  }

  /** Whether all singular values are exact, through thin factors, rather than found by power iteration. */
  get spectraAreExact(): boolean {
    return [...this.#probes.values()].every(({ isThin }) => isThin);
  }

  /** To be submitted after the step that is looked at. */
  get programs(): readonly Program[] {
    return [...this.#probes.values()].map(({ program }) => program);
  }

  get readbacks(): readonly Readback[] {
    return [...this.#probes.values()].map(({ readback }) => readback);
  }

  /** Whether all of it may be submitted. */
  get free(): boolean {
    return this.readbacks.every(({ free }) => free);
  }

  /** @param read what the readbacks gave, in their order. */
  of(read: readonly Promise<Numbers>[]): SubmittedMeasurement[] {
    return [...this.#probes].map(([diagnostic, probe], at) => ({
      diagnostic,
      values: read[at]!.then((values) => probe.ordered(values)),
    }));
  }

  /** Measures what there is now, without a trace in later measurements. */
  now(device: Device): SubmittedMeasurement[] {
    const read = device.submit(this.programs, this.readbacks);
    this.reset();
    return this.of(read);
  }

  /** Forgets earlier measurements, so that a repeated run gets the same numbers. */
  reset(): void {
    for (const probe of this.#probes.values()) probe.reset();
  }

  destroy(): void {
    for (const probe of this.#probes.values()) probe.destroy();
  }
}
