import { collation, type InputShape, inputShape, loadData, longest, type RunData } from "../data/runData.ts";
import type { Sources } from "../data/sources.ts";
import type { Device, Program, Readback } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import { optimizersOf } from "../methods/optimizers/index.ts";
import { scheduleOf } from "../methods/ranks/index.ts";
import { type LoadedModel, loadModel } from "../model/loadModel.ts";
import { isBundled } from "../model/modelShapes.ts";
import { selectLayers } from "../model/targets.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent } from "../ops/tensor.ts";
import type { Report } from "../report.ts";
import { type Changeable, settingAt, withChange } from "../settings/changes.ts";
import { trainedBy } from "../settings/chosenMethod.ts";
import { type RunConfig, STANDARD_KERNELS } from "../settings/config.ts";
import { assertRunnable } from "../settings/problems.ts";
import { type Collated, collate } from "../tasks/collate.ts";
import { predictsTokens } from "../tasks/task.ts";
import { atStart } from "./atStart.ts";
import { assertFiniteLabels, assertFiniteWeights, type Finding, firstNotFinite } from "./diagnosis.ts";
import type { ExampleRow, RunSummary } from "./events.ts";
import { prepareStart } from "./firstGradient.ts";
import { headRateOf, objectiveOf } from "./fromConfig.ts";
import { InFlight } from "./inFlight.ts";
import { Measurements } from "./measurements.ts";
import type { ParameterValues } from "./namedParameters.ts";
import { Network } from "./network.ts";
import { assertTrainable } from "./processor.ts";
import type { ProgramContext } from "./programs.ts";
import { runOnce } from "./runOnce.ts";
import type { RunSession, SubmittedStep } from "./runSession.ts";
import { Samples } from "./samples.ts";
import { learningRateAt } from "./schedule.ts";
import type { RunState } from "./snapshot.ts";
import { StepPrograms } from "./stepPrograms.ts";
import { summarise } from "./summary.ts";
import { type Evaluation, Validation } from "./validation.ts";
import { writeState } from "./writeState.ts";

interface Parts {
  readonly model: LoadedModel;
  readonly data: RunData;
  readonly targets: readonly LinearLayer[];
  readonly context: ProgramContext;
  readonly training: StepPrograms;
  readonly validation: Validation;
  readonly measurements: Measurements;
  readonly continuations: Samples | undefined;
  readonly rewind: Program;
}

/** One run: a model, its data and its programs on a device, at some step. Everything is allocated by `prepare`. */
export class TrainingSession implements RunSession {
  /** Its settings, with the changes that were made while it trained. */
  config: RunConfig;
  readonly summary: RunSummary;
  readonly #parts: Parts;
  readonly #device: Device;
  readonly #metrics: Readback;
  readonly #inFlight = new InFlight();
  #step = 0;

  private constructor(device: Device, config: RunConfig, parts: Parts) {
    this.#device = device;
    this.config = config;
    this.#parts = parts;
    this.#metrics = device.readback(memoryOf(parts.context.metrics), 0, 2);
    this.summary = summarise(device, parts);
  }

  /**
   * Loads, allocates, records and compiles everything that the run will need.
   *
   * @param begins what the run starts from instead of the model that was loaded.
   * @throws EngineError of every kind.
   */
  static async prepare(
    device: Device,
    config: RunConfig,
    sources: Sources,
    report: Report,
    begins = (model: LoadedModel): LoadedModel => model,
  ): Promise<TrainingSession> {
    device.kernelChoice = config.kernels === STANDARD_KERNELS ? undefined : config.kernels;
    // Of other models nothing is known before they are there.
    if (isBundled(config.model)) assertRunnable(config);
    report("Loading the model", 0);
    const loaded = await loadModel(
      await sources.model(config.model),
      (bytes, total) => report("Loading the model", total ? bytes / total : undefined),
      (transformer) => assertTrainable(device, transformer, config),
    );
    const model = begins(loaded);
    assertFiniteWeights(config.model, model);
    const { transformer } = model;
    report("Reading the examples");
    const data = await loadData(config, model, sources);
    assertFiniteLabels(data);
    const objective = objectiveOf(config, model, data);
    const method = trainedBy(config);
    const output = predictsTokens(data.task) ? "logits" : data.reading === "packed" ? "pooled" : "sentence";
    const targets = method.kind === "head" ? [] : selectLayers(transformer, config.targets, output);
    device.ledger.onPipeline = (ready, created) => report(`Compiling: ${ready} of ${created} kernels`, ready / created);
    report("Writing the weights to the device");
    const network = await Network.create(device, {
      transformer,
      checkpoint: model.tensors,
      targets,
      method,
      head: objective.head,
      headRate: headRateOf(config),
      weightDecay: config.weightDecay,
      weightDecayOn: config.weightDecayOn,
      epsilon: config.epsilon,
      seed: config.seed,
      optimizers: optimizersOf(config),
      rankSchedule: scheduleOf(config),
      accumulates: config.accumulationSteps > 1,
    });
    const workspace = new Workspace(device);
    const stepScalars = persistent(device, "stepScalars", [64]);
    const metrics = persistent(device, "metrics", [2]);
    const context = {
      device,
      workspace,
      network,
      objective,
      stepScalars,
      metrics,
      clipNorm: config.clipNorm,
      dropout: config.dropout,
      checkpointing: config.gradientCheckpointing === "on",
      halves: config.activationFormat === "float16",
    };
    await device.settle();
    await runOnce(device, workspace, "remember the start", (tape) => network.arena.remember(tape));
    const kept = await prepareStart(context, config, model, data, report);

    report("Compiling the training step");
    const { padId } = model.tokenizer;
    const training = await StepPrograms.compile(context, config, data, padId);
    report("Compiling validation");
    const microBatch = config.batchSize / config.accumulationSteps;
    const validation = await Validation.compile(context, data, padId, microBatch);
    // Last, because what it needs in passing fits into what the others have left.
    await training.close();
    report("Compiling the spectra");
    const measurements = await Measurements.compile(device, workspace, {
      layers: network.watched,
      order: targets.map(({ id }) => id),
      settings: config,
      kept,
    });
    const continuations = predictsTokens(data.task) ? await Samples.compile(context, data, model, config) : undefined;
    const tape = new Tape(device, workspace);
    network.arena.rewind(tape);
    network.scheduled?.rewind(tape);
    const rewind = await tape.compile("rewind");
    device.ledger.onPipeline = () => {};
    return new TrainingSession(device, config, {
      model,
      data,
      targets,
      context,
      training,
      validation,
      measurements,
      continuations,
      rewind,
    });
  }

  /** Steps taken. */
  get step(): number {
    return this.#step;
  }

  /** Resolves when another step may be submitted. */
  async room(): Promise<void> {
    await this.#device.room();
    while (!this.#metrics.free || !this.#parts.measurements.free) await this.#inFlight.oldest;
  }

  /** Submits the next step, once; call it after `room`. @param measuring whether to measure even where it is not due. */
  submitStep(measuring = false): SubmittedStep {
    const { config } = this;
    const { measurements, training } = this.#parts;
    const step = this.#step++;
    const { programs } = training.write(step, config);
    const isDue = measuring || (step + 1) % settingAt(config, "spectrumEvery", step) === 0 || step + 1 === config.steps;
    const [metrics, ...measured] = isDue
      ? this.#device.submit([...programs, ...measurements.programs], [this.#metrics, ...measurements.readbacks])
      : this.#device.submit(programs, [this.#metrics]);
    this.#inFlight.add(metrics!);
    const row = metrics!.then(([loss, gradientNorm]) => {
      return { step, loss: loss!, learningRate: learningRateAt(config, step), gradientNorm: gradientNorm! };
    });
    return { metrics: row, measured: isDue ? measurements.of(measured) : [] };
  }

  change(name: Changeable, value: number): string {
    if (this.#step === 0)
      throw new EngineError("before its first step a run cannot change", "Change the setting and build the run anew.");
    const changes = withChange(this.config.changes, { step: this.#step, name, value });
    this.config = { ...this.config, changes };
    return changes;
  }

  measure = () => this.#parts.measurements.now(this.#device);

  /**
   * Goes back to before a step that came to no finite number, and so changed nothing, and looks for the first tensor
   * that is not finite.
   */
  async diagnose(step: number): Promise<Finding | undefined> {
    await this.#device.idle();
    this.#step = step;
    const { context, training } = this.#parts;
    const { microBatches } = training.write(step, this.config);
    for (const [microBatch, given] of microBatches.entries()) {
      const finding = await firstNotFinite(context, given);
      if (finding) return microBatches.length === 1 ? finding : { ...finding, microBatch };
    }
    return undefined;
  }

  /** Not past what a rank schedule has merged into the weights. */
  get looksBack(): boolean {
    return this.network.scheduled === undefined;
  }

  /** Measures the validation split. @param of "start" is what `reset` goes back to, and gives the bits of step 0. */
  async evaluate(report: (fraction: number) => void = () => {}, of: "start" | "now" = "now"): Promise<Evaluation> {
    const { context, validation } = this.#parts;
    const run = () => validation.run(report);
    return of === "start" && this.#step > 0 ? atStart(context, run) : run();
  }

  /** Continues prompts with the model before training or now; nothing where the task is not writing. */
  async continuations(prompts: readonly string[] | undefined, when: "before" | "now"): Promise<ExampleRow[]> {
    return this.#parts.continuations?.write(prompts, when) ?? [];
  }

  /** The network, to be read or written between steps. */
  get network(): Network {
    return this.#parts.context.network;
  }

  /** The checkpoint that the run started from. */
  get model(): LoadedModel {
    return this.#parts.model;
  }

  /** The first few validation examples as a batch, [rows, length], and its shape. */
  validationBatch(most: number): { readonly shape: InputShape; readonly collated: Collated } {
    const { data, model } = this.#parts;
    const examples = data.validation.slice(0, most);
    const length = longest(examples);
    const { padId } = model.tokenizer;
    return {
      shape: inputShape(data, examples.length, length),
      collated: collate(examples, collation(data, examples.length, length, padId)),
    };
  }

  /** Where the run stands, once everything that was submitted is done. */
  async state(): Promise<RunState> {
    await this.#device.idle();
    const { named } = this.network;
    const parts: Record<string, ReadonlyMap<string, ParameterValues>> = {};
    for (const part of named.parts) parts[part] = await named.read(part);
    return { step: this.#step, parts };
  }

  /**
   * Goes on from where another run with these settings stood: the following losses are the same to the bit. A state of
   * step 0 becomes what `reset` goes back to.
   *
   * @param changes of settings until then, and from then on.
   * @throws as `writeState`.
   */
  async restore(state: RunState, changes = this.config.changes): Promise<void> {
    await this.#device.idle();
    const { context, measurements } = this.#parts;
    await writeState(context, state);
    measurements.reset();
    this.#step = state.step;
    this.config = { ...this.config, changes };
  }

  /** Back to the start: the same weights, moments of zero, the same order of examples. */
  async reset(): Promise<void> {
    await this.#device.idle();
    void this.#device.submit([this.#parts.rewind]);
    this.#parts.measurements.reset();
    await this.#device.idle();
    this.#step = 0;
  }

  /** Gives all of the run's memory back. */
  destroy(): void {
    const { context, training, validation, measurements, continuations, rewind } = this.#parts;
    training.destroy();
    validation.destroy();
    measurements.destroy();
    continuations?.destroy();
    rewind.destroy();
    this.#metrics.destroy();
    context.network.destroy();
    context.workspace.destroy();
    for (const tensor of [context.stepScalars, context.metrics]) memoryOf(tensor).destroy();
  }
}
