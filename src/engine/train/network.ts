import type { HostTensor } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import type { Factors } from "../methods/adapters/adapter.ts";
import type { Update, WatchedLayers } from "../methods/diagnostics/diagnostic.ts";
import type { ChosenOptimizer, ParameterGroup } from "../methods/optimizers/optimizer.ts";
import type { Forward, LinearLayer, Transformer, Weights } from "../model/transformer.ts";
import { plainLinear } from "../model/transformer.ts";
import { dropout } from "../ops/dropout.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tape } from "../ops/tape.ts";
import { persistent, rowMajor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { ParameterArena, type ParameterRequest } from "./arena.ts";
import { classesOf, type LayerClass } from "./layerClasses.ts";
import { NamedParameters } from "./namedParameters.ts";
import { streams } from "./streams.ts";
import type { Trained } from "./trained.ts";

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
}

/** How a parameter of this shape is updated, at this multiple of the run's rate. */
type GroupOf = (rate: number, shape: readonly number[]) => ParameterGroup;

/** A transformer on a device: frozen weights, trainable parameters, and how a forward pass uses both. */
export class Network {
  readonly transformer: Transformer;
  readonly classes: readonly LayerClass[];
  readonly arena: ParameterArena;
  /** The classes, as diagnostics look at them. */
  readonly watched: readonly WatchedLayers[];
  /** All that trains, by name. */
  readonly named: NamedParameters;
  readonly method: Trained;
  readonly #device: Device;
  readonly #frozen = new Map<string, Tensor>();
  /** Where a trained checkpoint tensor lies: a parameter of its own, or a slice of a stack. */
  readonly #trained = new Map<string, { parameter: string; slice?: number }>();
  readonly #options: NetworkOptions;
  readonly #headNames: readonly string[];

  /** Allocates and writes everything; wait for `device.settle()` before the first submission. @throws ConfigError, OutOfMemoryError. */
  constructor(device: Device, options: NetworkOptions) {
    const { transformer, checkpoint, targets, method, head } = options;
    this.#device = device;
    this.#options = options;
    this.transformer = transformer;
    this.method = method;
    this.classes = method.kind === "head" ? [] : classesOf(targets);
    this.watched = this.classes.map((layerClass) => ({
      ids: layerClass.layers.map(({ id }) => id),
      update: (tape) => this.#update(tape, layerClass),
    }));
    this.#headNames = head.map(({ name }) => name);

    const requests: ParameterRequest[] = [];
    const group: GroupOf = (rate, shape) => ({
      rate,
      weightDecay: shape.length > 1 || options.weightDecayOn === "all" ? options.weightDecay : 0,
      epsilon: options.epsilon,
    });
    if (method.kind === "adapter") {
      for (const { name, layers, shape } of this.classes) {
        for (const [factor, { rows, cols, rate }] of Object.entries(method.adapter.factors(shape, method.settings))) {
          const shape = [layers.length, rows, cols];
          requests.push({ name: `${name}/${factor}`, shape, group: group(rate, shape) });
        }
      }
    }
    if (method.kind === "full") requests.push(...this.#fullRequests(group));
    requests.push(...head.map(({ name, shape }) => ({ name, shape, group: group(options.headRate, shape) })));
    this.arena = new ParameterArena(device, requests, options.optimizers);
    this.named = new NamedParameters(device, this.arena, this.classes);

    for (const { name, shape, anyFormat } of transformer.tensors) {
      if (this.#trained.has(name)) continue;
      // Cards wait for memory, which 16 bits spare them; a software adapter takes longer to unpack than to read more.
      const keepsFormats = anyFormat && device.kind === "hardware";
      const { values, format } = checkpoint.get(name)!;
      const tensor = persistent(device, name, shape, rowMajor(shape), keepsFormats ? format : "float32");
      writeTensor(device, tensor, values);
      this.#frozen.set(name, tensor);
    }
    this.#writeInitial();
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
   * @param training gradients are wanted and dropout is on; `recomputes` blocks in the backward pass rather than keep
   *   what they compute.
   */
  forward(
    tape: Tape,
    training?: { readonly clock: Tensor; readonly dropout: number; readonly recomputes?: boolean },
  ): Forward & { readonly head: Weights } {
    if (training) for (const { value, rate } of this.arena) if (rate > 0) tape.watch(value);
    const updates = this.#updates(tape);
    const weights = this.#weights(tape);
    let drops = 0;
    const forward: Forward & { readonly head: Weights } = {
      tape,
      weights,
      head: new Map(this.#headNames.map((name) => [name, this.arena.get(name).value])),
      linear: (layer, input) => {
        const plain = plainLinear(tape, weights, layer, input);
        const update = updates.get(layer.id);
        return update ? update(input, plain) : plain;
      },
      dropout: (x) => {
        if (!training || training.dropout === 0) return x;
        return dropout(tape, x, training.clock, { probability: training.dropout, stream: streams.dropout + drops++ });
      },
      block: (input, compute) => {
        if (!training?.recomputes) return compute(input);
        const first = drops;
        return tape.recomputed(() => {
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
    { recomputes = false }: { readonly recomputes?: boolean } = {},
  ): Forward & { readonly head: Weights } {
    const weights = this.#weights(tape, "start");
    return {
      tape,
      weights,
      head: new Map(this.#headNames.map((name) => [name, this.arena.get(name).start])),
      linear: (layer, input) => plainLinear(tape, weights, layer, input),
      dropout: (x) => x,
      block: (input, compute) => (recomputes ? tape.recomputed(() => compute(input)) : compute(input)),
    };
  }

  /** A class's update as diagnostics look at it. */
  #update(tape: Tape, layerClass: LayerClass): Update {
    const { method } = this;
    if (method.kind === "adapter") return method.adapter.spectralForm(tape, this.factors(layerClass), method.settings);
    if (method.kind === "head") throw new ShapeError("with only the head trained there are no updates");
    const { value, start } = this.arena.get(layerClass.name);
    return { dense: value, initial: start, isTransposed: layerClass.layers[0]!.storedInByOut };
  }

  /** A class's stacked factors by name. */
  factors({ name, shape }: LayerClass): Factors<Tensor> {
    const { method } = this;
    if (method.kind !== "adapter") return {};
    const specs = method.adapter.factors(shape, method.settings);
    return Object.fromEntries(Object.keys(specs).map((factor) => [factor, this.arena.get(`${name}/${factor}`).value]));
  }

  destroy(): void {
    for (const tensor of this.#frozen.values()) tensor.storage.memory!.destroy();
    this.arena.destroy();
  }

  /** How each adapted layer's output changes, with all factors of a class folded in a few dispatches. */
  #updates(tape: Tape): ReadonlyMap<string, (input: Tensor, plain: Tensor) => Tensor> {
    const { method } = this;
    const updates = new Map<string, (input: Tensor, plain: Tensor) => Tensor>();
    if (method.kind !== "adapter") return updates;
    for (const layerClass of this.classes) {
      const { up, down, scale } = method.adapter.fold(tape, this.factors(layerClass), method.settings);
      layerClass.layers.forEach(({ id, inFeatures }, index) => {
        updates.set(id, (input, plain) => {
          const rows = sizeOf(input.shape) / inFeatures;
          const narrowed = matmul(tape, tape.reshape(input, [rows, inFeatures]), tape.slice(down, index));
          const add = tape.reshape(plain, [rows, plain.shape.at(-1)!]);
          const sum = matmul(tape, narrowed, tape.slice(up, index), { transposeB: true, scale, add });
          return tape.reshape(sum, plain.shape);
        });
      });
    }
    return updates;
  }

  #weights(tape: Tape, when: "value" | "start" = "value"): Weights {
    const weights = new Map(this.#frozen);
    for (const [name, { parameter, slice }] of this.#trained) {
      const tensor = this.arena.get(parameter)[when];
      weights.set(name, slice === undefined ? tensor : tape.slice(tensor, slice));
    }
    return weights;
  }

  /** Full fine-tuning: the watched layers' weights as stacks by shape, everything else by itself. */
  #fullRequests(group: GroupOf): ParameterRequest[] {
    const { transformer } = this.#options;
    const learnt = transformer.tensors.filter(({ constant }) => !constant);
    const shapes = new Map(learnt.map(({ name, shape }) => [name, shape]));
    const requests: ParameterRequest[] = this.classes.map(({ name, layers }) => {
      for (const [slice, { weight }] of layers.entries()) this.#trained.set(weight, { parameter: name, slice });
      const shape = [layers.length, ...shapes.get(layers[0]!.weight)!];
      return { name, shape, group: group(1, shape) };
    });
    for (const [name, shape] of shapes) {
      if (this.#trained.has(name)) continue;
      this.#trained.set(name, { parameter: name });
      requests.push({ name, shape, group: group(1, shape) });
    }
    return requests;
  }

  #writeInitial(): void {
    const { checkpoint, head, method, seed } = this.#options;
    const write = (name: string, values: ArrayLike<number>) =>
      writeTensor(this.#device, this.arena.get(name).value, values);
    for (const { name, initial } of head) write(name, initial);
    if (method.kind === "adapter") {
      const position = new Map(this.#options.targets.map(({ id }, index) => [id, index]));
      for (const { name, layers, shape } of this.classes) {
        const starts = layers.map(({ id }) => {
          const stream = new RandomStream(seed, streams.factors + position.get(id)!);
          return method.adapter.initial(shape, method.settings, stream);
        });
        for (const factor of Object.keys(starts[0]!))
          write(`${name}/${factor}`, joined(starts.map((start) => start[factor]!)));
      }
    }
    const stacks = new Map<string, Float32Array[]>();
    for (const [name, { parameter, slice }] of this.#trained) {
      const { values } = checkpoint.get(name)!;
      if (slice === undefined) write(parameter, values);
      else stacks.set(parameter, [...(stacks.get(parameter) ?? []), values]);
    }
    for (const [parameter, values] of stacks) write(parameter, joined(values));
  }
}

function joined(parts: readonly (Float32Array | Float64Array)[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
