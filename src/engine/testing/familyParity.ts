import type { HostTensor } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { prepareBases } from "../run/bases.ts";
import { recordGradients } from "../run/gradients.ts";
import type { Network } from "../run/network.ts";
import { compileTraining, type ProgramContext } from "../run/programs.ts";
import { runOnce } from "../run/runOnce.ts";
import { stepScalarsAt } from "../run/schedule.ts";
import { WeightGradients } from "../run/weightGradients.ts";
import { defaultConfig } from "../settings/config.ts";
import { relativeError } from "../trust/check.ts";
import { type CaseName, type Family, factorsOf, networkOf } from "./families.ts";

/** How far a quantity is from what another implementation computes, and where it is farthest. */
export interface Deviation {
  readonly quantity: "states" | "outputs" | "loss" | "gradients" | "adapter gradients" | "ten losses";
  /** Relative to the largest value of a tensor, and to each loss itself. */
  readonly error: number;
  readonly where: string;
}

/** The tolerances, for float32. */
export const tolerances: Readonly<Record<Deviation["quantity"], number>> = {
  states: 1e-5,
  outputs: 1e-5,
  loss: 1e-5,
  gradients: 1e-4,
  "adapter gradients": 1e-4,
  "ten losses": 1e-4,
};

/** Runs a family's fixture forward and backward without adapters. */
export async function measureModel(device: Device, family: Family): Promise<Deviation[]> {
  const { transformer, objective, golden, ownName } = family;
  const network = await networkOf(device, family);
  const inputs = inputsOf(device, family);
  const stepScalars = persistent(device, "stepScalars", [64]);
  const kept = new Map<string, Tensor>();
  const tape = new Tape(device);
  const keep = (name: string, tensor: Tensor) => {
    const copy = persistent(device, name, tensor.shape);
    tape.copy(tensor, copy);
    kept.set(name, copy);
  };

  const forward = network.forward(tape, { stepScalars, dropout: 0 });
  const { batch, targets } = inputs;
  const states = transformer.states(forward, batch);
  const names = stateNames(family);
  for (const [at, state] of states.entries()) keep(names[at]!, state);
  if (golden.names.includes("sentence")) keep("sentence", transformer.sentence(forward, batch));
  if (golden.names.includes("pooled")) keep("pooled", transformer.pooled!(forward, batch));
  if (golden.names.includes("logits")) keep("logits", transformer.logits!(forward, states.at(-1)!));

  // Embeddings go through dropout before anything else does, which here gives back what it is given.
  const dropped: Tensor[] = [];
  const watching = { ...forward, dropout: (x: Tensor) => dropped[dropped.push(x) - 1]! };
  const { loss, predictions } = objective.record(watching, batch, targets);
  if (golden.names.includes("predictions")) keep("predictions", predictions!());
  keep("loss", loss);
  const gradients = recordGradients(tape, network.arena, loss);
  const embedded = [dropped[0]!, dropped.find(({ shape }) => shape[1] !== dropped[0]!.shape[1])];
  for (const [side, name] of names.filter((name) => name.endsWith("state 0")).entries())
    keep(`d ${name}`, gradients.get(embedded[side]!)!);

  const program = await tape.compile("model");
  void device.submit([program]);
  const values = new Map<string, ArrayLike<number>>();
  for (const [name, tensor] of kept) values.set(name, await readTensor(device, tensor));
  for (const [name, { values: own }] of await network.named.read("gradient")) values.set(`d ${name}`, own);
  program.destroy();
  inputs.destroy();
  network.destroy();
  for (const tensor of [stepScalars, ...kept.values()]) memoryOf(tensor).destroy();

  const errorOf = (name: string): [string, number] => {
    const expected = golden.read(name);
    const own = values.get(name.startsWith("d ") ? `d ${ownName(name.slice(2))}` : name)!;
    const isPadded = /state|logits/.test(name) && !name.startsWith("d ");
    return [name, isPadded ? unpaddedError(own, expected, maskOf(family, name)) : relativeError(own, expected.values)];
  };
  const stored = (pattern: RegExp) => golden.names.filter((name) => pattern.test(name)).map(errorOf);
  return [
    worst("states", stored(/^(?!d ).*state \d+$/)),
    worst("outputs", stored(/^(sentence|pooled|logits|predictions)$/)),
    worst("loss", stored(/^loss$/)),
    worst("gradients", stored(/^d /)),
  ];
}

/** Trains a family's fixture as one of its cases says, with the programs of a run. */
export async function measureTraining(
  device: Device,
  family: Family,
  caseName: CaseName,
  options: Pick<ProgramContext, "checkpointing"> = {},
): Promise<Deviation[]> {
  const { learningRate } = family.cases[caseName];
  const network = await networkOf(device, family, caseName);
  const expected = family.training.read(`${caseName}/losses`).values;
  const gradients: [string, number][] = [];
  const losses = await measureLosses(device, family, network, { learningRate, expected, ...options }, async () => {
    const own = await network.named.read("gradient");
    for (const [name, { values }] of factorsOf(family, caseName, "gradient"))
      gradients.push([name, relativeError(own.get(name)!.values, values)]);
  });
  network.destroy();
  return [worst("adapter gradients", gradients), losses];
}

/** The same of full fine-tuning in which matrices alone decay. */
export async function measureWhole(device: Device, family: Family): Promise<Deviation> {
  const { whole, wholeLosses } = family;
  const network = await networkOf(device, family);
  const settings = { learningRate: whole.learningRate, expected: wholeLosses.values };
  const losses = await measureLosses(device, family, network, settings);
  network.destroy();
  return losses;
}

/** @param afterFirst waited for after the first step. */
async function measureLosses(
  device: Device,
  family: Family,
  network: Network,
  settings: { learningRate: number; expected: ArrayLike<number> } & Pick<ProgramContext, "checkpointing">,
  afterFirst?: () => Promise<void>,
): Promise<Deviation> {
  const { learningRate, expected, ...options } = settings;
  const { objective } = family;
  const workspace = new Workspace(device);
  const [stepScalars, metrics] = [persistent(device, "stepScalars", [64]), persistent(device, "metrics", [2])];
  const context = { device, workspace, network, objective, stepScalars, metrics, clipNorm: 0, dropout: 0, ...options };
  const { inputs, programs } = await compileTraining(context, shapeOf(family));
  inputs.write(device, collated(family));
  const losses: [string, number][] = [];
  for (let step = 0; step < expected.length; step++) {
    writeTensor(
      device,
      stepScalars,
      stepScalarsAt({ ...defaultConfig, learningRate, warmupSteps: 0, schedule: "constant" }, step),
    );
    void device.submit([programs.usual]);
    const [loss] = await readTensor(device, metrics);
    losses.push([`step ${step + 1}`, relativeError([loss!], [expected[step]!])]);
    if (step === 0) await afterFirst?.();
  }
  programs.usual.destroy();
  inputs.destroy();
  workspace.destroy();
  for (const tensor of [stepScalars, metrics]) memoryOf(tensor).destroy();
  return worst("ten losses", losses);
}

/**
 * Starts the bases of compressed Deep LoRA on the fixture's batch.
 *
 * @returns per layer and side the share of the top half that an exact singular value decomposition has in common with it.
 */
export async function measureBases(device: Device, family: Family): Promise<ReadonlyMap<string, number>> {
  const { objective } = family;
  const network = await networkOf(device, family, "compressed");
  const workspace = new Workspace(device);
  const inputs = inputsOf(device, family);
  await runOnce(device, workspace, "remember", (tape) => network.arena.remember(tape));
  const gradients = await WeightGradients.compile(
    device,
    workspace,
    network,
    (forward) => objective.record(forward, inputs.batch, inputs.targets).loss,
  );
  gradients.add({ microBatch: 0, share: 1 });
  await (await prepareBases({ device, workspace, network }, 1, gradients))();
  gradients.destroy();
  const started = await network.named.read();
  const half = family.cases.compressed.rank / 2;
  const shares = new Map<string, number>();
  for (const [name, { values }] of factorsOf(family, "compressed", "start")) {
    if (!/\/[UV]$/.test(name)) continue;
    // U ends with the gradient's directions, V starts with them.
    const from = name.endsWith("U") ? half : 0;
    shares.set(name, sharedSubspace(started.get(name)!.values, values, { columns: 2 * half, from, count: half }));
  }
  inputs.destroy();
  network.destroy();
  workspace.destroy();
  return shares;
}

/** ‖AᵀB‖² / count for the given columns of two matrices with orthonormal columns: 1 where they span the same. */
function sharedSubspace(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { columns, from, count }: { columns: number; from: number; count: number },
): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) {
    for (let j = from; j < from + count; j++) {
      let product = 0;
      for (let row = 0; row < a.length; row += columns) product += a[row + i]! * b[row + j]!;
      sum += product ** 2;
    }
  }
  return sum / count;
}

function worst(quantity: Deviation["quantity"], errors: readonly (readonly [string, number])[]): Deviation {
  const [where, error] = errors.reduce((a, b) => (b[1] <= a[1] ? a : b));
  return { quantity, error, where };
}

/** Padding attends to the text and nothing attends to it: what it becomes is nobody's business. */
function unpaddedError(actual: ArrayLike<number>, expected: HostTensor, mask: HostTensor): number {
  const width = expected.shape.at(-1)!;
  const isText = (_: number, at: number) => mask.values[Math.floor(at / width)] === 1;
  return relativeError(Float64Array.from(actual).filter(isText), expected.values.filter(isText));
}

function maskOf({ golden }: Family, name: string): HostTensor {
  const isDecoders = golden.names.includes("decoder mask") && !name.startsWith("encoder");
  return golden.read(isDecoders ? "decoder mask" : "mask");
}

/** In the order in which the model has them. */
function stateNames({ golden }: Family): string[] {
  const sides = golden.names.includes("decoder ids") ? ["encoder ", "decoder "] : [""];
  return sides.flatMap((side) => [0, 1, 2].map((at) => `${side}state ${at}`));
}

/** The fixture's batch with the lengths that it has. */
function inputsOf(device: Device, { golden }: Family) {
  const tensors: Tensor[] = [];
  const upload = (name: string, shape?: readonly number[]) => {
    const own = golden.read(name);
    const tensor = persistent(device, name, shape ?? own.shape);
    writeTensor(device, tensor, own.values);
    tensors.push(tensor);
    return tensor;
  };
  const has = (name: string) => golden.names.includes(name);
  const count = sizeOf(golden.entries.get("labels")!.shape);
  return {
    batch: {
      ids: upload("ids"),
      mask: upload("mask"),
      ...(has("segments") && { segments: upload("segments") }),
      ...(has("decoder ids") && { decoder: { ids: upload("decoder ids"), mask: upload("decoder mask") } }),
    },
    targets: { labels: upload("labels", [count]), weights: upload("weights", [count]) },
    destroy: () => {
      for (const tensor of tensors) memoryOf(tensor).destroy();
    },
  };
}

function shapeOf({ golden, transformer }: Family) {
  const [rows, length] = golden.entries.get("ids")!.shape as [number, number];
  const hasDecoder = transformer.decoderStart !== undefined;
  const targets = hasDecoder ? rows * length : sizeOf(golden.entries.get("labels")!.shape);
  return { rows, length, targets, hasDecoder };
}

/** The fixture's batch as runs have it: what the decoder reads is as long as what the encoder does. */
function collated({ golden, transformer }: Family) {
  const values = (name: string) => golden.read(name).values;
  const [rows, length] = golden.entries.get("ids")!.shape as [number, number];
  const batch = {
    ids: values("ids"),
    mask: values("mask"),
    segments: golden.names.includes("segments") ? values("segments") : new Float32Array(rows * length),
  };
  if (transformer.decoderStart === undefined) return { ...batch, labels: values("labels"), weights: values("weights") };
  const padded = (name: string) => {
    const own = golden.read(name);
    const from = own.shape[1]!;
    return Float32Array.from({ length: rows * length }, (_, at) =>
      at % length < from ? own.values[Math.floor(at / length) * from + (at % length)]! : 0,
    );
  };
  const decoder = { ids: padded("decoder ids"), mask: padded("decoder mask") };
  return { ...batch, decoder, labels: padded("labels"), weights: padded("weights") };
}
