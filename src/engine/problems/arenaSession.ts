import type { Device, Program, Readback } from "../device/device.ts";
import { SPECTRUM_FLOOR } from "../linalg/productSingularValues.ts";
import type { Update } from "../methods/diagnostics/diagnostic.ts";
import { usualDiagnostics } from "../methods/diagnostics/index.ts";
import { chosen } from "../methods/optimizers/optimizer.ts";
import { descent } from "../methods/optimizers/roles.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { ParameterArena } from "../run/arena.ts";
import type { AdaptedLayer, RunSummary } from "../run/events.ts";
import { globalNormClip } from "../run/globalNormClip.ts";
import { recordGradients } from "../run/gradients.ts";
import { Measurements } from "../run/measurements.ts";
import { NamedParameters, type ParameterValues } from "../run/namedParameters.ts";
import { runOnce } from "../run/runOnce.ts";
import type { RunSession, SubmittedStep } from "../run/runSession.ts";
import { learningRateAt, stepScalarsAt } from "../run/schedule.ts";
import type { RunState } from "../run/snapshot.ts";
import type { Evaluation } from "../run/validation.ts";

/** The settings of every run in an arena. */
export interface ArenaSettings {
  readonly learningRate: number;
  readonly steps: number;
  readonly seed: number;
  readonly evaluateEvery: number;
  readonly spectrumEvery: number;
}

/** Parameters on the device, by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** What is minimised by gradient descent over parameters alone: no model, no texts, the same inputs in every step. */
export interface PreparedProblem {
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly initial: ArrayLike<number>;
  }[];
  /** Records what is minimised. @returns [1]. */
  recordLoss(tape: Tape, parameters: Parameters): Tensor;
  /** Records what an evaluation reads. */
  recordEvaluation(tape: Tape, parameters: Parameters): Tensor;
  /** The metrics by their ids, of what an evaluation read. */
  metricsOf(read: ArrayLike<number>): Readonly<Record<string, number>>;
  readonly metrics: RunSummary["metrics"];
  /** The matrices whose singular values are followed. */
  readonly watched: readonly (AdaptedLayer & { update(tape: Tape, parameters: Parameters): Update })[];
  /** What it is learnt from, and what it is judged by. */
  readonly examples: { readonly training: number; readonly validation: number };
  /** Gives the memory of its inputs back. */
  destroy(): void;
}

interface Parts {
  readonly prepared: PreparedProblem;
  readonly workspace: Workspace;
  readonly arena: ParameterArena;
  readonly measurements: Measurements;
  readonly training: Program;
  readonly evaluation: Program;
  readonly rewind: Program;
  readonly stepScalars: Tensor;
  readonly metrics: Tensor;
  readonly evaluated: Tensor;
}

/** A run of a problem that is all parameters, by gradient descent at a constant rate. */
export class ArenaSession<S extends ArenaSettings = ArenaSettings> implements RunSession {
  readonly config: S;
  readonly summary: RunSummary;
  readonly #device: Device;
  readonly #parts: Parts;
  readonly #named: NamedParameters;
  readonly #metrics: Readback;
  readonly #evaluated: Readback;
  #awaited: Promise<unknown> = Promise.resolve();
  #step = 0;

  private constructor(device: Device, config: S, parts: Parts) {
    this.#device = device;
    this.config = config;
    this.#parts = parts;
    this.#named = new NamedParameters(device, parts.arena, []);
    this.#metrics = device.readback(memoryOf(parts.metrics), 0, 2);
    this.#evaluated = device.readback(memoryOf(parts.evaluated), 0, sizeOf(parts.evaluated.shape));
    const { prepared, measurements, training } = parts;
    const trained = prepared.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    this.summary = {
      layers: prepared.watched.map(({ id, tensor, inFeatures, outFeatures }) => ({
        id,
        tensor,
        inFeatures,
        outFeatures,
      })),
      measured: measurements.columns,
      spectrumFloor: SPECTRUM_FLOOR,
      spectrumIsExact: measurements.spectraAreExact,
      trainableParameters: trained,
      adapterParameters: trained,
      totalParameters: trained,
      deviceBytes: device.ledger.liveBytes,
      trainingExamples: prepared.examples.training,
      validationExamples: prepared.examples.validation,
      truncatedTexts: 0,
      totalTexts: 0,
      metrics: prepared.metrics,
      dispatchesPerStep: training.dispatches,
    };
  }

  static async prepare<S extends ArenaSettings>(
    device: Device,
    settings: S,
    prepared: PreparedProblem,
  ): Promise<ArenaSession<S>> {
    const group = { rate: 1, weightDecay: 0, epsilon: 1e-8 };
    const arena = new ParameterArena(
      device,
      prepared.parameters.map(({ name, shape }) => ({ name, shape, group })),
      chosen(descent, { momentum: 0, nesterov: "off" }),
    );
    for (const { name, initial } of prepared.parameters) writeTensor(device, arena.get(name).value, initial);
    const parameters: Parameters = Object.fromEntries([...arena].map(({ value }) => [value.name, value]));
    const stepScalars = persistent(device, "stepScalars", [64]);
    const metrics = persistent(device, "metrics", [2]);
    const workspace = new Workspace(device);
    await device.settle();
    await runOnce(device, workspace, "remember the start", (tape) => arena.remember(tape));

    const step = new Tape(device, workspace);
    for (const tensor of Object.values(parameters)) step.watch(tensor);
    const loss = prepared.recordLoss(step, parameters);
    recordGradients(step, arena, loss);
    globalNormClip(step, arena, { maxNorm: 0, loss, metrics });
    arena.update(step, { stepScalars });
    const training = await step.compile("step");

    const judging = new Tape(device, workspace);
    const evaluated = judging.keep(prepared.recordEvaluation(judging, parameters));
    const evaluation = await judging.compile("evaluation");
    const rewinding = new Tape(device, workspace);
    arena.rewind(rewinding);
    const rewind = await rewinding.compile("rewind");
    const measurements = await Measurements.compile(device, workspace, {
      layers: prepared.watched.map(({ id, update }) => ({ ids: [id], update: (tape) => update(tape, parameters) })),
      order: prepared.watched.map(({ id }) => id),
      settings: usualDiagnostics,
    });
    const programs = { training, evaluation, rewind };
    return new ArenaSession(device, settings, {
      ...{ prepared, workspace, arena, measurements, stepScalars, metrics, evaluated, ...programs },
    });
  }

  get step(): number {
    return this.#step;
  }

  async room(): Promise<void> {
    await this.#device.room();
    while (!this.#metrics.free || !this.#parts.measurements.free) await this.#awaited;
  }

  submitStep(measuring = false): SubmittedStep {
    const { measurements, training, stepScalars } = this.#parts;
    const { steps, spectrumEvery } = this.config;
    const step = this.#step++;
    const schedule = { ...this.config, warmupSteps: 0, schedule: "constant" } as const;
    writeTensor(this.#device, stepScalars, stepScalarsAt(schedule, step));
    const isDue = measuring || (step + 1) % spectrumEvery === 0 || step + 1 === steps;
    const [metrics, ...measured] = isDue
      ? this.#device.submit([training, ...measurements.programs], [this.#metrics, ...measurements.readbacks])
      : this.#device.submit([training], [this.#metrics]);
    this.#awaited = metrics!.catch(() => {});
    const row = metrics!.then(([loss, gradientNorm]) => {
      return { step, loss: loss!, learningRate: learningRateAt(schedule, step), gradientNorm: gradientNorm! };
    });
    return { metrics: row, measured: isDue ? measurements.of(measured) : [] };
  }

  async evaluate(): Promise<Evaluation> {
    const [read] = await Promise.all(this.#device.submit([this.#parts.evaluation], [this.#evaluated]));
    return { values: this.#parts.prepared.metricsOf(read!), examples: [] };
  }

  /** The step changed nothing; there is no tensor of a network to be named. */
  async diagnose(step: number): Promise<undefined> {
    await this.#device.idle();
    this.#step = step;
  }

  /** Where the run stands, once everything that was submitted is done. */
  async state(): Promise<RunState> {
    await this.#device.idle();
    const parts: Record<string, ReadonlyMap<string, ParameterValues>> = {};
    for (const part of this.#named.parts) parts[part] = await this.#named.read(part);
    return { step: this.#step, parts };
  }

  async restore({ step, parts }: RunState): Promise<void> {
    await this.#device.idle();
    for (const [part, values] of Object.entries(parts)) await this.#named.write(values, part);
    const { arena, workspace, measurements } = this.#parts;
    writeTensor(this.#device, arena.clip, [0]);
    if (step === 0) await runOnce(this.#device, workspace, "remember the start", (tape) => arena.remember(tape));
    measurements.reset();
    this.#step = step;
  }

  async reset(): Promise<void> {
    await this.#device.idle();
    void this.#device.submit([this.#parts.rewind]);
    this.#parts.measurements.reset();
    await this.#device.idle();
    this.#step = 0;
  }

  destroy(): void {
    const { prepared, workspace, arena, measurements, training, evaluation, rewind } = this.#parts;
    for (const each of [training, evaluation, rewind, measurements, this.#metrics, this.#evaluated]) each.destroy();
    for (const each of [prepared, arena, workspace]) each.destroy();
    const { stepScalars, metrics, evaluated } = this.#parts;
    for (const tensor of [stepScalars, metrics, evaluated]) memoryOf(tensor).destroy();
  }
}
