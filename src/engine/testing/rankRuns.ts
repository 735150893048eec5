import type { Device, Program } from "../device/device.ts";
import type { ChosenAdapter } from "../methods/adapters/adapter.ts";
import type { ChosenOptimizer } from "../methods/optimizers/optimizer.ts";
import { isDue } from "../methods/ranks/index.ts";
import type { ChosenSchedule } from "../methods/ranks/rankSchedule.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { difference } from "../ops/difference.ts";
import { matmul } from "../ops/matmul.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { AdaptedLayers } from "../run/adaptedLayers.ts";
import { ParameterArena } from "../run/arena.ts";
import { groupsOf } from "../run/layerGroups.ts";
import { NamedParameters } from "../run/namedParameters.ts";
import { learningRateAt, stepScalarsAt } from "../run/schedule.ts";
import { ScheduledLayers } from "../run/scheduledLayers.ts";
import type { RunConfig } from "../settings/config.ts";
import { testNumbers } from "./random.ts";

const ROWS = 6;
/** Where random numbers of layers begin. */
const FIRST_STREAM = 10_000;
/** A large epsilon, so that AdamW does not make much of what float32 rounds. */
const group = { rate: 1, weightDecay: 0.01, epsilon: 1e-2 };

/** A layer with inputs and wanted outputs, whose squared error is minimised; W is [out, in]. */
export interface RegressionLayer {
  readonly layer: LinearLayer;
  readonly weight: Float64Array;
  readonly inputs: Float64Array;
  readonly wanted: Float64Array;
}

/** Values by name: parameters and state of layer 0 as `0.query/A` and `0.query/A firstMoment`, W as `0.weight`, W′ − W as `0.update`. */
export type RankValues = Record<string, ArrayLike<number>>;

interface Run {
  readonly adapter: ChosenAdapter;
  readonly optimizer: ChosenOptimizer;
  readonly ranks: ChosenSchedule;
  readonly config: RunConfig;
}

/** Two layers of one shape and a third of another, stored the other way round. */
export const regressions: readonly RegressionLayer[] = [
  [8, 6],
  [8, 6],
  [5, 9],
].map(([outFeatures, inFeatures], at) => ({
  layer: {
    ...{ id: `${at}.query`, kind: "query", weight: `${at}.weight`, storedInByOut: at === 2 },
    ...{ inFeatures: inFeatures!, outFeatures: outFeatures! },
  },
  weight: testNumbers(outFeatures! * inFeatures!, 10 + at),
  inputs: testNumbers(ROWS * inFeatures!, 20 + at),
  wanted: testNumbers(ROWS * outFeatures!, 30 + at),
}));

/** A run with a schedule on a device, through the code that networks use. */
export async function runOnDevice(device: Device, run: Run): Promise<RankValues[]> {
  const { adapter, optimizer, ranks } = run;
  const layers = regressions.map(({ layer }) => layer);
  const groups = groupsOf(layers);
  const checkpoint = new Map(
    regressions.map(({ layer: { weight: name, storedInByOut, inFeatures, outFeatures }, weight }) => {
      const turned = weight.map((_, at) => weight[(at % outFeatures) * inFeatures + Math.floor(at / outFeatures)]!);
      const shape = storedInByOut ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
      return [name, { shape, values: Float32Array.from(storedInByOut ? turned : weight) }] as const;
    }),
  );
  const arena = new ParameterArena(
    device,
    AdaptedLayers.requests({ ...adapter, groups }, () => group),
    [optimizer],
  );
  const given = { ...adapter, groups, checkpoint, seed: run.config.seed, stacksWeights: true };
  const adapted = new AdaptedLayers(device, arena, given);
  const position = (layer: LinearLayer) => layers.indexOf(layer);
  const rank = Number(adapter.settings.rank);
  const scheduled = new ScheduledLayers(device, adapted, arena, { chosen: ranks, groups, rank, position });
  await adapted.upload();
  const named = new NamedParameters(device, arena, groups, scheduled.kept);
  adapted.writeInitial(position);
  writeTensor(device, arena.clip, [1]);
  const scalars = persistent(device, "stepScalars", [64]);
  const place = (name: string, shape: readonly number[], values: ArrayLike<number>) => {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, values);
    return tensor;
  };
  const data = regressions.map(({ layer: { inFeatures, outFeatures }, inputs, wanted }) => ({
    inputs: place("x", [ROWS, inFeatures], inputs),
    wanted: place("t", [ROWS, outFeatures], wanted),
  }));

  const workspace = new Workspace(device);
  const compile = (label: string, record: (tape: Tape) => void): Promise<Program> => {
    const tape = new Tape(device, workspace);
    record(tape);
    return tape.compile(label);
  };
  const step = await compile("step", (tape) => {
    for (const { value } of arena) tape.watch(value);
    const linear = adapted.linear(tape);
    const outputs = layers.map(({ id }, at) => linear.get(id)!(data[at]!.inputs, scheduled.weights));
    const seeds = outputs.map((out, at) => [out, difference(tape, out, data[at]!.wanted)] as const);
    const found = tape.backward(new Map(seeds));
    for (const { value, gradient } of arena) tape.deliver(found.get(value)!, gradient!);
    arena.update(tape, { stepScalars: scalars });
  });
  const acting = await compile("schedule", (tape) => scheduled.record(tape));
  const totals = groups.map(({ name, layers, shape: { inFeatures, outFeatures } }) => {
    const shape = [layers.length, outFeatures, inFeatures];
    return persistent(device, `update ${name}`, shape, stacked(shape));
  });
  const summing = await compile("updates", (tape) => {
    for (const [at, each] of groups.entries()) {
      const { up, down, scale } = scheduled.total(tape, each, Number.POSITIVE_INFINITY);
      tape.copy(matmul(tape, up, down, { transposeB: true, scale }), totals[at]!);
    }
  });
  await device.settle();

  const frames: RankValues[] = [];
  for (let at = 0; at < run.config.steps; at++) {
    writeTensor(device, scalars, stepScalarsAt(run.config, at));
    if (scheduled.isDue(at)) scheduled.draw(at);
    void device.submit([step, ...(scheduled.isDue(at) ? [acting] : []), summing]);
    frames.push(await frame());
  }
  for (const program of [step, acting, summing]) program.destroy();
  for (const tensor of [scalars, ...totals, ...data.flatMap(Object.values<Tensor>)]) memoryOf(tensor).destroy();
  for (const each of [scheduled, adapted, arena, workspace]) each.destroy();
  return frames;

  async function frame(): Promise<RankValues> {
    const values: RankValues = {};
    for (const part of named.parts.filter((each) => each !== "kept"))
      for (const [name, own] of await named.read(part))
        values[part === "value" ? name : `${name} ${part}`] = own.values.slice();
    for (const [name, tensor] of scheduled.weights) {
      const isTurned = layers.find(({ weight }) => weight === name)!.storedInByOut;
      const [rows, cols] = tensor.shape as [number, number];
      const read = await readTensor(device, tensor);
      values[name] = isTurned ? read.map((_, at) => read[(at % rows) * cols + Math.floor(at / rows)]!) : read;
    }
    for (const [at, { layers: own }] of groups.entries()) {
      const read = await readTensor(device, totals[at]!);
      const size = read.length / own.length;
      for (const [index, { id }] of own.entries())
        values[`${id.split(".")[0]}.update`] = read.slice(index * size, (index + 1) * size);
    }
    return values;
  }
}

/** The same run in plain loops: gradients by differences, which are exact since updates are linear in each of their factors. */
export function runOnHost(run: Run): RankValues[] {
  const { adapter: chosen, optimizer, ranks } = run;
  const { adapter, settings } = chosen;
  const layers = regressions.map(({ layer, weight, inputs, wanted }, position) => {
    const draw = (restart: number) => {
      const stream = new RandomStream(run.config.seed, FIRST_STREAM + position, restart);
      return adapter.initial({ shape: layer, stream, weight: () => weight, shared: (_, own) => own(stream) }, settings);
    };
    const specs = adapter.parameters(layer, settings);
    const start = draw(0);
    const parameters = Object.entries(specs).map(([name, { shape }]) => {
      const value = Float64Array.from(start[name]!);
      const state = Object.entries(optimizer.optimizer.state({ shape: [1, ...shape] }, optimizer.settings));
      const zeros = state.map(([key, own]) => [key, new Float64Array(own.reduce((a, b) => a * b, 1))] as const);
      return { name, shape: [...shape], value, state: Object.fromEntries(zeros) };
    });
    return { layer, weight, inputs, wanted, draw, parameters, base: Float64Array.from(weight), restarts: 0 };
  });
  return Array.from({ length: run.config.steps }, (_, at) => {
    const values: RankValues = {};
    for (const each of layers) {
      const { layer, parameters, base, weight } = each;
      const delta = () => {
        const own = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
        return adapter.delta(own, settings, layer, base);
      };
      const slope = slopeOf(each, delta());
      const gradients = parameters.map(({ value }) =>
        value.map((before, place) => {
          const [above, below] = [1, -1].map((change) => {
            value[place] = before + change;
            return delta();
          });
          value[place] = before;
          return slope.reduce((sum, g, cell) => sum + (g * (above![cell]! - below![cell]!)) / 2, 0);
        }),
      );
      const step = { t: at + 1, learningRate: learningRateAt(run.config, at), clip: 1 };
      for (const [index, parameter] of parameters.entries())
        optimizer.optimizer.reference(
          { ...group, ...parameter, gradient: gradients[index]! },
          step,
          optimizer.settings,
        );
      if (isDue(at, ranks)) {
        const fresh = each.draw(++each.restarts);
        const own = parameters.map(({ name, value, state }) => ({ value, state, fresh: fresh[name]! }));
        ranks.schedule.reference({ base, delta: delta(), parameters: own }, ranks.settings);
      }
      for (const { name, value, state } of parameters) {
        values[`${layer.id}/${name}`] = value.slice();
        for (const [key, kept] of Object.entries(state)) values[`${layer.id}/${name} ${key}`] = kept.slice();
      }
      values[layer.weight] = base.slice();
      values[layer.weight.replace("weight", "update")] = delta().map((d, cell) => d + base[cell]! - weight[cell]!);
    }
    return values;
  });
}

/** dL/dW [out, in] of half the squared error at W + ΔW. */
function slopeOf(
  { layer: { inFeatures, outFeatures }, inputs, wanted, base }: RegressionLayer & { base: Float64Array },
  delta: Float64Array,
): Float64Array {
  const slope = new Float64Array(outFeatures * inFeatures);
  for (let row = 0; row < ROWS; row++) {
    for (let out = 0; out < outFeatures; out++) {
      let error = -wanted[row * outFeatures + out]!;
      for (let col = 0; col < inFeatures; col++) {
        const cell = out * inFeatures + col;
        error += (base[cell]! + delta[cell]!) * inputs[row * inFeatures + col]!;
      }
      for (let col = 0; col < inFeatures; col++)
        slope[out * inFeatures + col]! += error * inputs[row * inFeatures + col]!;
    }
  }
  return slope;
}
