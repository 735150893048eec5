import type { HostTensor } from "../checkpoint/safetensors.ts";
import { uploadStack, uploadTensor } from "../checkpoint/upload.ts";
import { alignmentOf, type Device } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { MOST_COLUMNS } from "../linalg/orthonormalise.ts";
import type { ByName, ChosenDirections, Pair } from "../methods/adapters/adapter.ts";
import type { Update, WatchedLayers } from "../methods/diagnostics/diagnostic.ts";
import type { ChosenOptimizer, ParameterGroup } from "../methods/optimizers/optimizer.ts";
import type { ChosenSchedule } from "../methods/ranks/rankSchedule.ts";
import type { Forward, LinearLayer, ModelTensor, Transformer, Weights } from "../model/transformer.ts";
import { plainLinear } from "../model/transformer.ts";
import { dropout } from "../ops/dropout.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, rowMajor, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import type { Trained } from "../settings/chosenMethod.ts";
import { AdaptedLayers, type AdapterUpdate } from "./adaptedLayers.ts";
import { ParameterArena, type ParameterRequest } from "./arena.ts";
import { watchedOf } from "./gradients.ts";
import { groupsOf, type LayerGroup } from "./layerGroups.ts";
import { NamedParameters } from "./namedParameters.ts";
import { ScheduledLayers } from "./scheduledLayers.ts";
import { sideBySideIn } from "./sideBySideIn.ts";
import { streams } from "./streams.ts";

/** A parameter of the task's output layer with its starting value. */
export interface HeadParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Float64Array;
}

export interface NetworkOptions {
  readonly transformer: Transformer;
  /** The checkpoint, by tensor name. */
  readonly checkpoint: ReadonlyMap<string, HostTensor>;
  /** The layers that get an update, or whose update is watched. */
  readonly targets: readonly LinearLayer[];
  readonly method: Trained;
  readonly head: readonly HeadParameter[];
  readonly headRate: number;
  readonly weightDecay: number;
  /** What decays: matrices, embeddings among them, or vectors too, such as biases and the weights of norms. */
  readonly weightDecayOn: "matrices" | "all";
  readonly epsilon: number;
  readonly seed: number;
  /** What updates parameters, as `ParameterArena` has it; default AdamW. */
  readonly optimizers?: readonly ChosenOptimizer[];
  /** What changes the rank of an adapter's updates; default nothing. */
  readonly rankSchedule?: ChosenSchedule | undefined;
  /** Whether gradients add up over micro-batches. */
  readonly accumulates?: boolean;
}

/** How a matrix, or a vector, is updated, at this multiple of the run's rate. */
type GroupOf = (rate: number, isMatrix: boolean) => ParameterGroup;

/** A transformer on a device: frozen weights, trainable parameters, and how a forward pass uses both. */
export class Network {
  readonly transformer: Transformer;
  readonly groups: readonly LayerGroup[];
  readonly arena: ParameterArena;
  /** The classes, as diagnostics look at them. */
  readonly watched: readonly WatchedLayers[];
  /** All that trains, by name. */
  readonly named: NamedParameters;
  readonly method: Trained;
  /** Set where a rank schedule changes the updates. */
  readonly scheduled: ScheduledLayers | undefined;
  readonly #device: Device;
  /** By name: what has memory of its own, and what lies in stacks. */
  readonly #frozen = new Map<string, Tensor>();
  /** What of it has memory of its own. */
  readonly #unstacked: Tensor[] = [];
  readonly #adapted: AdaptedLayers | undefined;
  /** Where a trained checkpoint tensor lies: a parameter of its own, or a slice of a stack. */
  readonly #trained = new Map<string, { parameter: string; slice?: number }>();
  readonly #options: NetworkOptions;
  readonly #headNames: readonly string[];

  /**
   * Allocates everything and writes it, weights as they are read; wait for `device.settle()` before the first submission.
   *
   * @throws ConfigError, OutOfMemoryError.
   */
  static async create(device: Device, options: NetworkOptions): Promise<Network> {
    const network = new Network(device, options);
    await network.#write();
    return network;
  }

  private constructor(device: Device, options: NetworkOptions) {
    const { transformer, checkpoint, targets, method, head, rankSchedule } = options;
    this.#device = device;
    this.#options = options;
    this.transformer = transformer;
    this.method = method;
    this.groups = method.kind === "head" ? [] : groupsOf(targets);
    this.watched = this.groups.map((layerGroup) => ({
      ids: layerGroup.layers.map(({ id }) => id),
      update: (tape) => this.#update(tape, layerGroup),
    }));
    this.#headNames = head.map(({ name }) => name);

    const requests: ParameterRequest[] = [];
    const group: GroupOf = (rate, isMatrix) => ({
      rate,
      weightDecay: isMatrix || options.weightDecayOn === "all" ? options.weightDecay : 0,
      epsilon: options.epsilon,
    });
    const { groups } = this;
    if (method.kind === "adapter") requests.push(...AdaptedLayers.requests({ ...method, groups }, group));
    if (method.kind === "full") requests.push(...this.#fullRequests(group));
    requests.push(
      ...head.map(({ name, shape }) => ({ name, shape, group: group(options.headRate, shape.length > 1) })),
    );
    this.arena = new ParameterArena(device, requests, options.optimizers, options);
    if (method.kind === "adapter") {
      const given = { ...method, groups, checkpoint, seed: options.seed, stacksWeights: rankSchedule !== undefined };
      this.#adapted = new AdaptedLayers(device, this.arena, given);
      for (const [name, tensor] of this.#adapted.frozen()) this.#frozen.set(name, tensor);
      if (rankSchedule) {
        const own = { groups, rank: Number(method.settings.rank), position: positionIn(targets) };
        this.scheduled = new ScheduledLayers(device, this.#adapted, this.arena, { ...own, chosen: rankSchedule });
      }
    }
    this.named = new NamedParameters(device, this.arena, groups, this.scheduled?.kept);

    this.#placeFrozen();
  }

  /** Number of trainable values, and of those that belong to updates rather than to the head. */
  get trainableParameters(): { all: number; updates: number } {
    const { arena } = this;
    const count = (names: (name: string) => boolean) =>
      [...arena]
        .filter(({ value, rate }) => rate > 0 && names(value.name))
        .reduce((sum, { value }) => sum + sizeOf(value.shape), 0);
    return { all: count(() => true), updates: count((name) => !this.#headNames.includes(name)) };
  }

  /**
   * What a model needs to record its forward pass with the updates in place.
   *
   * @param training gradients are wanted and dropout is on; `checkpointing` computes
   *   blocks again in the backward pass rather than keep their activations.
   */
  forward(
    tape: Tape,
    training?: { readonly stepScalars: Tensor; readonly dropout: number; readonly checkpointing?: boolean },
  ): Forward & { readonly head: Weights } {
    for (const parameter of training ? this.arena : [])
      if (parameter.rate > 0) for (const each of watchedOf(tape, parameter)) tape.watch(each);
    const changed = this.#adapted?.linear(tape);
    const weights = this.#weights(tape);
    let drops = 0;
    const forward: Forward & { readonly head: Weights } = {
      tape,
      weights,
      head: new Map(this.#headNames.map((name) => [name, this.arena.get(name).value])),
      linear: (layer, input) => changed?.get(layer.id)?.(input, weights) ?? plainLinear(tape, weights, layer, input),
      dropout: (x) => {
        if (!training || training.dropout === 0) return x;
        return dropout(tape, x, training.stepScalars, {
          probability: training.dropout,
          stream: streams.dropout + drops++,
        });
      },
      block: (input, compute) => {
        if (!training?.checkpointing) return compute(input);
        const first = drops;
        return tape.checkpoint(() => {
          // The same elements are dropped again.
          drops = first;
          return compute(input);
        });
      },
    };
    return forward;
  }

  /** The network as it starts, without updates. @param options as for `forward`. */
  pretrained(
    tape: Tape,
    { checkpointing = false }: { readonly checkpointing?: boolean } = {},
  ): Forward & { readonly head: Weights } {
    const weights = this.#weights(tape, "start");
    return {
      tape,
      weights,
      head: new Map(this.#headNames.map((name) => [name, this.arena.get(name).start])),
      linear: (layer, input) => plainLinear(tape, weights, layer, input),
      dropout: (x) => x,
      block: (input, compute) => (checkpointing ? tape.checkpoint(() => compute(input)) : compute(input)),
    };
  }

  /** What its adapter's factors start in, where that is found on the device. */
  get directions(): ChosenDirections | undefined {
    const { method } = this;
    return method.kind === "adapter" ? method.adapter.directions?.of(method.settings) : undefined;
  }

  /** Wᵀ of an adapted group [layers, in, out], any strides, in memory of its own. */
  async copyOfWeights(layerGroup: LayerGroup): Promise<Tensor | undefined> {
    return this.#adapted?.copyOfWeights(layerGroup);
  }

  /** What an adapter, if there is one, has made of a class's weights since the start. @param step as in `ScheduledLayers.total`. */
  adapterUpdate(tape: Tape, layerGroup: LayerGroup, step = Number.POSITIVE_INFINITY): AdapterUpdate | undefined {
    if (this.scheduled) return { kind: "pair", ...this.scheduled.total(tape, layerGroup, step) };
    return this.#adapted?.update(tape, layerGroup);
  }

  /** A class's update as diagnostics look at it. */
  #update(tape: Tape, layerGroup: LayerGroup): Update {
    const update = this.adapterUpdate(tape, layerGroup);
    if (update?.kind === "pair") return updateOf(tape, update);
    if (update) return { dense: update.current, initial: update.initial };
    if (this.method.kind !== "full") throw new ShapeError("with only the head trained there are no updates");
    const { value, start } = this.arena.get(layerGroup.name);
    return { dense: value, initial: start, isTransposed: layerGroup.layers[0]!.storedInByOut };
  }

  /** Where a class's parameters lie, by name. */
  parameters(layerGroup: LayerGroup): ByName<Tensor> {
    return this.#adapted?.parameters(layerGroup) ?? {};
  }

  destroy(): void {
    for (const tensor of this.#unstacked) memoryOf(tensor).destroy();
    this.#adapted?.destroy();
    this.scheduled?.destroy();
    this.arena.destroy();
  }

  #weights(tape: Tape, when: "value" | "start" = "value"): Weights {
    const weights = new Map(this.#frozen);
    for (const [name, { parameter, slice }] of this.#trained) {
      const tensor = this.arena.get(parameter)[when];
      weights.set(name, slice === undefined ? tensor : tape.slice(tensor, slice));
    }
    if (when === "value") for (const [name, tensor] of this.scheduled?.weights ?? []) weights.set(name, tensor);
    return weights;
  }

  /** Puts what is frozen on the device, where it is not there yet. */
  #placeFrozen(): void {
    const { transformer, checkpoint } = this.#options;
    const own = transformer.tensors.filter(({ name }) => !this.#trained.has(name) && !this.#frozen.has(name));
    for (const tensors of sideBySideIn(own, transformer.layers)) {
      const [{ name: first, shape, anyFormat }] = tensors as [ModelTensor];
      // Cards wait for memory, which 16 bits spare them; a software adapter takes longer to unpack than to read more.
      const keepsFormats = anyFormat && this.#device.kind === "hardware";
      const { format = "float32" } = keepsFormats ? checkpoint.get(first)! : {};
      const step = alignmentOf(format) * Math.ceil(sizeOf(shape) / alignmentOf(format));
      const whole = persistent(this.#device, first, [tensors.length, ...shape], [step, ...rowMajor(shape)], format);
      for (const [at, { name }] of tensors.entries()) {
        const tensor = { ...whole, name, shape, strides: rowMajor(shape), offset: at * step };
        this.#frozen.set(name, tensor);
        this.#unstacked.push(tensor);
      }
    }
  }

  /** Full fine-tuning: the watched layers' weights as stacks by shape, everything else by itself. */
  #fullRequests(group: GroupOf): ParameterRequest[] {
    const { transformer } = this.#options;
    const learnt = transformer.tensors.filter(({ constant }) => !constant);
    const shapes = new Map(learnt.map(({ name, shape }) => [name, shape]));
    const requests: ParameterRequest[] = this.groups.map(({ name, layers }) => {
      for (const [slice, { weight }] of layers.entries()) this.#trained.set(weight, { parameter: name, slice });
      const shape = [layers.length, ...shapes.get(layers[0]!.weight)!];
      return { name, shape, group: group(1, true) };
    });
    for (const [name, shape] of shapes) {
      if (this.#trained.has(name)) continue;
      this.#trained.set(name, { parameter: name });
      requests.push({ name, shape, group: group(1, shape.length > 1) });
    }
    return requests;
  }

  async #write(): Promise<void> {
    const { checkpoint, head, targets } = this.#options;
    await this.#adapted?.upload();
    for (const tensor of this.#unstacked) await uploadTensor(this.#device, tensor, checkpoint.get(tensor.name)!);
    for (const { name, initial } of head) writeTensor(this.#device, this.arena.get(name).value, initial);
    this.#adapted?.writeInitial(positionIn(targets));
    const stacks = new Map<string, HostTensor[]>();
    for (const [name, { parameter, slice }] of this.#trained) {
      const host = checkpoint.get(name)!;
      if (slice === undefined) await uploadTensor(this.#device, this.arena.get(parameter).value, host);
      else stacks.set(parameter, [...(stacks.get(parameter) ?? []), host]);
    }
    for (const [parameter, hosts] of stacks) await uploadStack(this.#device, this.arena.get(parameter).value, hosts);
  }
}

/** Where a layer stands among the targets, which decides its random numbers. */
function positionIn(targets: readonly LinearLayer[]): (layer: LinearLayer) => number {
  const position = new Map(targets.map(({ id }, index) => [id, index]));
  return ({ id }) => position.get(id)!;
}

/** ΔW of a pair through its factors, or as a matrix where they have more columns than rows or than can be made orthonormal. */
function updateOf(tape: Tape, { up, down, scale, thin = { left: up, right: down } }: Pair): Update {
  const [layers, outFeatures, columns] = up.shape as [number, number, number];
  if (columns <= Math.min(MOST_COLUMNS, outFeatures, down.shape[1]!)) return { ...thin, scale };
  const strides = stacked([layers, outFeatures, down.shape[1]!]);
  return { dense: matmul(tape, up, down, { transposeB: true, scale, strides }) };
}
