import type { HostTensor } from "../checkpoint/safetensors.ts";
import { uploadStack } from "../checkpoint/upload.ts";
import type { Device } from "../device/device.ts";
import {
  type ByName,
  type Change,
  type ChosenAdapter,
  matrixOf,
  type Pair,
  type ParameterSpec,
} from "../methods/adapters/adapter.ts";
import { changedWeight } from "../methods/adapters/changed.ts";
import { transposed } from "../methods/adapters/transposed.ts";
import type { NewLayer } from "../methods/layer.ts";
import { type LinearLayer, plainLinear, tensorOf, type Weights } from "../model/transformer.ts";
import { matmul } from "../ops/matmul.ts";
import { scaled } from "../ops/scaled.ts";
import { spread } from "../ops/spread.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, rowMajor, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { ParameterArena, ParameterRequest } from "./arena.ts";
import { inByOut, type LayerGroup } from "./layerGroups.ts";
import { sharedStream, streams } from "./streams.ts";

interface Options extends ChosenAdapter {
  readonly groups: readonly LayerGroup[];
  readonly checkpoint: ReadonlyMap<string, HostTensor>;
  readonly seed: number;
  /** Whether frozen weights lie in stacks even where the adapter does not compute with them. */
  readonly stacksWeights?: boolean;
}

/** ΔW of a class as a pair, or the weights that it is the difference of, [layers, outFeatures, inFeatures]. */
export type AdapterUpdate =
  | ({ readonly kind: "pair" } & Pair)
  | { readonly kind: "weights"; readonly current: Tensor; readonly initial: Tensor };

/** How a layer's output comes about where it is changed. */
export type ChangedLinear = (input: Tensor, weights: Weights) => Tensor;

/**
 * Layers that an adapter changes, in stacks of one shape: where its parameters and constants lie, the frozen weights that
 * it computes with, and the forward pass of each layer.
 */
export class AdaptedLayers {
  readonly #device: Device;
  readonly #options: Options;
  readonly #arena: ParameterArena;
  /** What is not trained, by class and name; what layers share, once. */
  readonly #constants = new Map<string, Tensor>();
  /** Frozen weights as the checkpoint stores them, stacked by group, where the adapter or a rank schedule computes with them. */
  readonly #bases = new Map<string, Tensor>();
  readonly #unwritten = new Map<Tensor, readonly HostTensor[]>();

  /** What an arena is asked for. @param group by rate, and by whether it is a matrix. */
  static requests(
    { adapter, settings, groups }: Omit<Options, "checkpoint" | "seed">,
    group: (rate: number, isMatrix: boolean) => ParameterRequest["group"],
  ): ParameterRequest[] {
    return groups.flatMap(({ name, layers, shape }) =>
      Object.entries(adapter.parameters(shape, settings)).flatMap(([parameter, spec]) => {
        if (spec.rate === "constant") return [];
        const own = matrixOf(spec);
        const shape = spec.shared ? own : [layers.length, ...own];
        const isVector = spec.shape.length === 1;
        return [{ name: `${name}/${parameter}`, shape, isVector, group: group(spec.rate, !isVector) }];
      }),
    );
  }

  /** Allocates; `upload` and `writeInitial` write. @param arena made of `requests`. */
  constructor(device: Device, arena: ParameterArena, options: Options) {
    this.#device = device;
    this.#arena = arena;
    this.#options = options;
    for (const layerGroup of options.groups) {
      this.#allocateConstants(layerGroup);
      if (options.stacksWeights || this.#needsBase(layerGroup))
        this.#bases.set(layerGroup.name, this.stackOfWeights(layerGroup));
    }
  }

  /** Frozen weights that lie in stacks, by their names in the checkpoint. */
  frozen(): Map<string, Tensor> {
    return slicesByWeight(this.#options.groups, this.#bases);
  }

  /** Writes what the run starts from. @param position of a layer among the targets, which decides its random numbers. */
  writeInitial(position: (layer: LinearLayer) => number): void {
    for (const layerGroup of this.#options.groups) {
      for (const [parameter, values] of Object.entries(this.initial(layerGroup, position)))
        writeTensor(this.#device, this.#place(layerGroup, parameter), values);
    }
  }

  /** Starting values of a class's parameters. @param restart 0 for those that the run starts from; others have other numbers. */
  initial(layerGroup: LayerGroup, position: (layer: LinearLayer) => number, restart = 0): ByName<Float64Array> {
    const { adapter, settings, seed } = this.#options;
    const { layers, shape } = layerGroup;
    const stream = new RandomStream(seed, sharedStream(shape));
    const common = new Map<string, Float64Array>();
    const starts = layers.map((layer) => {
      const given: NewLayer = {
        shape,
        weight: () => this.#weightOf(layer),
        stream: new RandomStream(seed, streams.factors + position(layer), restart),
        shared(parameter, draw) {
          const drawn = common.get(parameter) ?? draw(stream);
          common.set(parameter, drawn);
          return drawn;
        },
      };
      return adapter.initial(given, settings);
    });
    const values = this.#specs(layerGroup).map(([parameter, spec]) => {
      const own = (spec.shared ? starts.slice(0, 1) : starts).map((start) => start[parameter]!);
      return [parameter, joined(own)] as const;
    });
    return Object.fromEntries(values);
  }

  /** Where a class's parameters lie, by name: what layers share as one matrix, all else as stacks. */
  parameters(layerGroup: LayerGroup): ByName<Tensor> {
    return Object.fromEntries(this.#specs(layerGroup).map(([name]) => [name, this.#place(layerGroup, name)]));
  }

  /** Wᵀ of a class [layers, inFeatures, outFeatures], any strides, in memory of its own. */
  async copyOfWeights(layerGroup: LayerGroup): Promise<Tensor> {
    const stack = this.stackOfWeights(layerGroup);
    await this.upload();
    return inByOut(stack, layerGroup);
  }

  /** How the layers of a class are changed. */
  change(tape: Tape, layerGroup: LayerGroup): Change {
    return this.#apply(tape, layerGroup, () => this.base(tape, layerGroup));
  }

  /** What becomes of the weights of a class. */
  update(tape: Tape, layerGroup: LayerGroup): AdapterUpdate {
    const change = this.change(tape, layerGroup);
    if (change.kind === "pair" && !change.gain) return change;
    const initial = this.base(tape, layerGroup);
    return { kind: "weights", current: changedWeight(tape, change, initial), initial };
  }

  /** How each changed layer's output comes about, with the parameters of a class folded in a few dispatches. */
  linear(tape: Tape): ReadonlyMap<string, ChangedLinear> {
    const changed = new Map<string, ChangedLinear>();
    for (const layerGroup of this.#options.groups) {
      const change = this.change(tape, layerGroup);
      layerGroup.layers.forEach((layer, index) => {
        changed.set(layer.id, (input, weights) => changedLinear(tape, weights, { layer, change, index }, input));
      });
    }
    return changed;
  }

  destroy(): void {
    for (const tensor of [...this.#constants.values(), ...this.#bases.values()]) memoryOf(tensor).destroy();
  }

  #specs({ shape }: LayerGroup): [string, ParameterSpec][] {
    const { adapter, settings } = this.#options;
    return Object.entries(adapter.parameters(shape, settings));
  }

  #place({ name }: LayerGroup, parameter: string): Tensor {
    const key = `${name}/${parameter}`;
    return this.#constants.get(key) ?? this.#arena.get(key).value;
  }

  #apply(tape: Tape, layerGroup: LayerGroup, base: () => Tensor): Change {
    const { adapter, settings } = this.#options;
    const count = layerGroup.layers.length;
    const stacks = this.#specs(layerGroup).map(([name, { rate, shared }]) => {
      const place = this.#place(layerGroup, name);
      if (!shared) return [name, place] as const;
      return [name, rate === "constant" ? repeated(place, count) : spread(tape, place, count)] as const;
    });
    return adapter.apply(tape, Object.fromEntries(stacks), settings, base);
  }

  #allocateConstants(layerGroup: LayerGroup): void {
    const { name, layers } = layerGroup;
    for (const [parameter, spec] of this.#specs(layerGroup)) {
      if (spec.rate !== "constant") continue;
      const key = `${name}/${parameter}`;
      const shape = spec.shared ? matrixOf(spec) : [layers.length, ...matrixOf(spec)];
      const strides = spec.shared ? rowMajor(shape) : stacked(shape);
      this.#constants.set(key, persistent(this.#device, key, shape, strides));
    }
  }

  /** Whether frozen weights are computed with, in training or for the update, as a recording that nobody compiles says. */
  #needsBase(layerGroup: LayerGroup): boolean {
    const { layers, shape } = layerGroup;
    const tape = new Tape(this.#device);
    let isAsked = false;
    const change = this.#apply(tape, layerGroup, () => {
      isAsked = true;
      return tape.tensor("W", [layers.length, shape.outFeatures, shape.inFeatures]);
    });
    return isAsked || change.kind === "weight" || change.gain !== undefined;
  }

  /** Memory for the frozen weights of a class, as the checkpoint stores them; `upload` writes them, whoever asks destroys it. */
  stackOfWeights({ name, layers }: LayerGroup): Tensor {
    const weights = layers.map(({ weight }) => this.#options.checkpoint.get(weight)!);
    const shape = [layers.length, ...weights[0]!.shape];
    const stack = persistent(this.#device, `weights ${name}`, shape, stacked(shape));
    this.#unwritten.set(stack, weights);
    return stack;
  }

  /** Writes the frozen weights that memory was asked for. */
  async upload(): Promise<void> {
    for (const [stack, weights] of this.#unwritten) await uploadStack(this.#device, stack, weights);
    this.#unwritten.clear();
  }

  /** W of a class [layers, outFeatures, inFeatures]. @param stack of that class, if not the weights that are frozen. */
  base(tape: Tape, { name, layers }: LayerGroup, stack = this.#bases.get(name)!): Tensor {
    return layers[0]!.storedInByOut ? transposed(tape, stack) : stack;
  }

  #weightOf({ weight, storedInByOut, inFeatures, outFeatures }: LinearLayer): Float64Array {
    const { values } = this.#options.checkpoint.get(weight)!;
    if (!storedInByOut) return Float64Array.from(values);
    return Float64Array.from(values, (_, at) => values[(at % inFeatures) * outFeatures + Math.floor(at / inFeatures)]!);
  }
}

function changedLinear(
  tape: Tape,
  weights: Weights,
  { layer, change, index }: { layer: LinearLayer; change: Change; index: number },
  input: Tensor,
): Tensor {
  const { inFeatures, outFeatures } = layer;
  const rows = sizeOf(input.shape) / inFeatures;
  const shape = [...input.shape.slice(0, -1), outFeatures];
  const { bias: name, ...unbiased } = layer;
  const bias = name === undefined ? undefined : tensorOf(weights, name);
  if (change.kind === "weight") {
    const flat = tape.reshape(input, [rows, inFeatures]);
    const add = bias && { add: bias };
    return tape.reshape(matmul(tape, flat, tape.slice(change.weight, index), { transposeB: true, ...add }), shape);
  }
  const { up, down, scale, gain } = change;
  const plain = plainLinear(tape, weights, gain ? unbiased : layer, input);
  const narrowed = matmul(tape, tape.reshape(input, [rows, inFeatures]), tape.slice(down, index));
  const add = tape.reshape(plain, [rows, outFeatures]);
  const sum = matmul(tape, narrowed, tape.slice(up, index), { transposeB: true, scale, add });
  if (!gain) return tape.reshape(sum, shape);
  const [layers, step] = gain.strides as [number, number];
  const own = tape.view(gain, { shape: [outFeatures], strides: [step], offset: index * layers });
  return tape.reshape(scaled(tape, sum, own, bias), shape);
}

/** The layers' parts of stacks of weights, by their names in the checkpoint. @param stacks by class. */
export function slicesByWeight(
  groups: readonly LayerGroup[],
  stacks: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  const slices = new Map<string, Tensor>();
  for (const { name, layers } of groups) {
    const stack = stacks.get(name);
    if (!stack) continue;
    const [stride, ...strides] = stack.strides;
    for (const [index, { weight }] of layers.entries())
      slices.set(weight, { ...stack, name: weight, shape: stack.shape.slice(1), strides, offset: index * stride! });
  }
  return slices;
}

/** One matrix seen as a stack of `count`. */
function repeated(matrix: Tensor, count: number): Tensor {
  return { ...matrix, shape: [count, ...matrix.shape], strides: [0, ...matrix.strides] };
}

/** Values one after another. */
function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
