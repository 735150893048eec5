import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { type HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import type { Numbers } from "../kernels/kernel.ts";
import { type LoadedModel, loadModel } from "../model/loadModel.ts";
import { type Batch, type Forward, plainLinear } from "../model/transformer.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, type Tensor, writeTensor } from "../ops/tensor.ts";

const root = path.join(import.meta.dirname, "../../..");

/** A folder of small models and of what they should compute, made outside this code. */
export const fixtures = path.join(root, "src/engine/model/fixtures");
/** The models that the page offers. */
export const bundled = path.join(root, "public/models");

/** Reads the files of a checkpoint in a folder. */
export function filesIn(folder: string): CheckpointFiles {
  return { names: readdirSync(folder), read: async (file) => fileBytes(path.join(folder, file)) };
}

export function fileBytes(file: string): ArrayBuffer {
  const { buffer, byteOffset, length } = readFileSync(file);
  return buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
}

export interface Fixture extends LoadedModel {
  /** Inputs and what should become of them. */
  readonly golden: SafetensorsFile;
}

export async function loadFixture(name: string): Promise<Fixture> {
  const folder = path.join(fixtures, name);
  return {
    ...(await loadModel(filesIn(folder))),
    golden: new SafetensorsFile(fileBytes(path.join(folder, "golden.safetensors")), "golden.safetensors"),
  };
}

/** What a model's test records: outputs to be read, and where the backward pass starts. */
export interface Recording {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly seeds?: ReadonlyMap<Tensor, Tensor>;
}

/**
 * Runs a model without adapters once.
 *
 * @param inputs of the recording, by name.
 * @param watched weights whose gradients are wanted.
 * @returns values by name; gradients as "d NAME".
 */
export async function runModel(
  device: Device,
  model: Pick<LoadedModel, "transformer" | "tensors">,
  options: {
    readonly inputs: ReadonlyMap<string, HostTensor>;
    readonly watched?: readonly string[];
    readonly record: (forward: Forward, inputs: ReadonlyMap<string, Tensor>) => Recording;
  },
): Promise<ReadonlyMap<string, Numbers>> {
  const owned: Tensor[] = [];
  const upload = (name: string, { shape, values }: { shape: readonly number[]; values: ArrayLike<number> }) => {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, values);
    owned.push(tensor);
    return tensor;
  };
  const uploaded = (tensors: ReadonlyMap<string, HostTensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, upload(name, tensor)]));
  const weights = uploaded(model.tensors);
  const tape = new Tape(device);
  for (const name of options.watched ?? []) tape.watch(weights.get(name)!);
  const forward: Forward = {
    tape,
    weights,
    linear: (layer, input) => plainLinear(tape, weights, layer, input),
    dropout: (x) => x,
    block: (input, compute) => compute(input),
  };
  const { outputs, seeds } = options.record(forward, uploaded(options.inputs));
  const kept = new Map(Object.entries(outputs).map(([name, tensor]) => [name, copied(tape, tensor)]));
  if (seeds) {
    const gradients = tape.backward(seeds);
    for (const name of options.watched ?? []) kept.set(`d ${name}`, copied(tape, gradients.get(weights.get(name)!)!));
  }
  const program = await tape.compile("model");
  await Promise.all(device.submit([program]));
  const values = new Map<string, Numbers>();
  for (const [name, tensor] of kept) values.set(name, await readTensor(device, tensor));
  program.destroy();
  for (const tensor of [...owned, ...kept.values()]) tensor.storage.memory!.destroy();
  return values;
}

/** The inputs of a transformer among those of a recording. */
export function batchOf(inputs: ReadonlyMap<string, Tensor>): Batch {
  const segments = inputs.get("segments");
  return { ids: inputs.get("ids")!, mask: inputs.get("mask")!, ...(segments && { segments }) };
}

/** A persistent copy; unlike what is delivered, the tensor itself may be read on. */
function copied(tape: Tape, tensor: Tensor): Tensor {
  const kept = persistent(tape.device, tensor.name, tensor.shape);
  tape.copy(tensor, kept);
  return kept;
}
