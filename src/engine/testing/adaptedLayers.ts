import type { Device } from "../device/device.ts";
import type { ChosenAdapter } from "../methods/adapters/adapter.ts";
import { changedWeight } from "../methods/adapters/changed.ts";
import type { LayerShape } from "../methods/layer.ts";
import type { LinearLayer, Weights } from "../model/transformer.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, type Tensor, writeTensor } from "../ops/tensor.ts";
import { AdaptedLayers } from "../run/adaptedLayers.ts";
import { ParameterArena } from "../run/arena.ts";
import { groupsOf } from "../run/layerGroups.ts";

/** Layers of one shape, each with an input and the gradient of its output; W is [out, in], all row-major. */
export interface LayerCase {
  readonly shape: LayerShape;
  readonly storedInByOut: boolean;
  readonly layers: readonly Readonly<Record<"weight" | "bias" | "x" | "dY", ArrayLike<number>>>[];
  /** Values of parameters and constants by name, all layers' one after another; the start's where they are not given. */
  readonly values?: Readonly<Record<string, ArrayLike<number>>>;
}

/** By name, all layers' values one after another. */
type Values = Readonly<Record<string, Float32Array | Float64Array>>;

/** What layers make of it, through the code that runs use. */
export interface LayerResults {
  readonly parameters: Values;
  /** Of everything that is trained and that a gradient reaches. */
  readonly gradients: Values;
  readonly y: readonly (Float32Array | Float64Array)[];
  readonly dx: readonly (Float32Array | Float64Array)[];
  /** W′ [out, in] of each. */
  readonly weights: readonly (Float32Array | Float64Array)[];
}

export async function runAdapted(device: Device, chosen: ChosenAdapter, given: LayerCase): Promise<LayerResults> {
  const { shape, storedInByOut } = given;
  const { inFeatures, outFeatures } = shape;
  const turned = (values: ArrayLike<number>) =>
    Float32Array.from(values, (_, at) => values[(at % outFeatures) * inFeatures + Math.floor(at / outFeatures)]!);
  const targets = given.layers.map(
    (_, at): LinearLayer => ({
      ...{ id: `${at}.query`, kind: "query", weight: `${at}.weight`, bias: `${at}.bias` },
      ...{ inFeatures, outFeatures, storedInByOut },
    }),
  );
  const stored = storedInByOut ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
  const checkpoint = new Map(
    given.layers.map(({ weight }, at) => {
      const values = storedInByOut ? turned(weight) : Float32Array.from(weight);
      return [`${at}.weight`, { shape: stored, values }] as const;
    }),
  );
  const groups = groupsOf(targets);
  const group = (rate: number) => ({ rate, weightDecay: 0, epsilon: 1e-8 });
  const arena = new ParameterArena(device, AdaptedLayers.requests({ ...chosen, groups }, group));
  const adapted = new AdaptedLayers(device, arena, { ...chosen, groups, checkpoint, seed: 1 });
  await adapted.upload();
  const owned: Tensor[] = [];
  const place = (name: string, size: readonly number[], values?: ArrayLike<number>): Tensor => {
    const tensor = persistent(device, name, size);
    if (values) writeTensor(device, tensor, values);
    owned.push(tensor);
    return tensor;
  };
  const weights: Weights = new Map([
    ...[...checkpoint].map(([name, { values }]) => [name, place(name, stored, values)] as const),
    ...given.layers.map(({ bias }, at) => [`${at}.bias`, place(`${at}.bias`, [outFeatures], bias)] as const),
  ]);
  adapted.writeInitial(({ id }) => targets.findIndex((each) => each.id === id));
  const places = adapted.parameters(groups[0]!);
  for (const [name, values] of Object.entries(given.values ?? {})) writeTensor(device, places[name]!, values);
  const parameters = await valuesOf(device, places);

  const tape = new Tape(device);
  const kept: Tensor[] = [];
  const keep = (tensor: Tensor): Tensor => {
    const copy = persistent(device, tensor.name, tensor.shape);
    tape.copy(tensor, copy);
    kept.push(copy);
    return copy;
  };
  for (const { value, rate } of arena) if (rate > 0) tape.watch(value);
  const change = adapted.change(tape, groups[0]!);
  const stack = place(
    "W",
    [targets.length, outFeatures, inFeatures],
    given.layers.flatMap(({ weight }) => [...Array.from(weight)]),
  );
  const merged = keep(changedWeight(tape, change, stack));
  const linear = adapted.linear(tape);
  const inputs = given.layers.map(({ x }, at) => place(`x ${at}`, [x.length / inFeatures, inFeatures], x));
  for (const input of inputs) tape.watch(input);
  const outputs = targets.map(({ id }, at) => linear.get(id)!(inputs[at]!, weights));
  const seeds = outputs.map((out, at) => [out, place(`dY ${at}`, out.shape, given.layers[at]!.dY)] as const);
  const y = outputs.map(keep);
  const found = tape.backward(new Map(seeds));
  const dx = inputs.map((input) => keep(found.get(input)!));
  const reached = [...arena].filter(({ value }) => found.has(value));
  const gradients = Object.fromEntries(
    reached.map(({ value }) => [value.name.split("/")[1]!, keep(found.get(value)!)]),
  );
  const program = await tape.compile("adapted layers");
  void device.submit([program]);
  const results = {
    parameters,
    gradients: await valuesOf(device, gradients),
    y: await Promise.all(y.map((each) => readTensor(device, each))),
    dx: await Promise.all(dx.map((each) => readTensor(device, each))),
    weights: slicesOf(await readTensor(device, merged), targets.length),
  };
  program.destroy();
  adapted.destroy();
  arena.destroy();
  for (const tensor of [...owned, ...kept]) memoryOf(tensor).destroy();
  return results;
}

async function valuesOf(device: Device, tensors: Readonly<Record<string, Tensor>>): Promise<Values> {
  const read = Object.entries(tensors).map(async ([name, tensor]) => [name, await readTensor(device, tensor)] as const);
  return Object.fromEntries(await Promise.all(read));
}

function slicesOf(values: Float32Array | Float64Array, count: number): (Float32Array | Float64Array)[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, at) => values.slice(at * size, (at + 1) * size));
}
