import type { LoadedModel } from "../model/loadModel.ts";
import { matmul } from "../ops/matmul.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, type Tensor, writeTensor } from "../ops/tensor.ts";
import { accumulate } from "../optimizers/accumulate.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { type Collated, collate, sharesOf } from "../tasks/collate.ts";
import { batchIndices } from "../tasks/subset.ts";
import { type LayerGradients, layerGradients, type RecordLoss, seatBases } from "./bases.ts";
import type { RunConfig } from "./config.ts";
import { collation, inputShape, longest, type RunData } from "./data.ts";
import { BatchInputs, type ProgramContext } from "./programs.ts";
import { clockAt } from "./schedule.ts";

/**
 * The bases of a compressed adapter from the first batches, or from all examples where there are fewer. They are looked at
 * all at once, or where steps have several passes in parts of that size.
 */
export async function seatFromCalibration(
  context: ProgramContext,
  config: RunConfig,
  model: LoadedModel,
  data: RunData,
): Promise<void> {
  const { device, network, objective } = context;
  // Several batches at once take more room than any step will; it is given back.
  const workspace = new Workspace(device);
  const count = Math.min(data.training.length, config.batchSize * config.calibrationBatches);
  const examples = batchIndices(data.training.length, count, 0, config.seed).map((at) => data.training[at]!);
  const length = bucketFor(longest(examples), data.trainingLengths);
  const size = config.passes === 1 ? count : config.batchSize / config.passes;
  const parts = Array.from({ length: Math.ceil(count / size) }, (_, at) =>
    collate(examples.slice(at * size, (at + 1) * size), collation(data, size, length, model.tokenizer.padId)),
  );
  const inputs = new BatchInputs(device, inputShape(data, size, length));
  await device.settle();
  const record: RecordLoss = (forward) => objective.record(forward, inputs.batch, inputs.targets).loss;
  const seat = (gradients: (tape: Tape) => LayerGradients) =>
    seatBases(device, workspace, network, {
      kind: config.bases === "spectral" ? "spectral" : "gradient",
      seed: config.seed,
      gradients,
    });
  if (parts.length === 1) {
    inputs.write(device, parts[0]!);
    await seat((tape) => layerGradients(tape, network, record));
  } else {
    const sums = await summedGradients(context, workspace, { config, record, inputs, parts });
    await seat(() => sums);
    for (const tensor of new Set([...sums.values()].flatMap(({ input, outputGradient }) => [input, outputGradient])))
      memoryOf(tensor).destroy();
  }
  inputs.destroy();
  workspace.destroy();
}

/**
 * The gradients of the chosen layers over all parts, one after the other. They are formed, [in, out], because what the
 * layers saw would have to be kept of all parts at once; with the identity for an input a gradient is as if it was seen.
 *
 * @returns persistent tensors, which are the caller's to destroy.
 */
async function summedGradients(
  { device, network, clock }: ProgramContext,
  workspace: Workspace,
  given: {
    readonly config: RunConfig;
    readonly record: RecordLoss;
    readonly inputs: BatchInputs;
    readonly parts: readonly Collated[];
  },
): Promise<LayerGradients> {
  const { config, record, inputs, parts } = given;
  const tape = new Tape(device, workspace);
  const identities = new Map<number, Tensor>();
  const sums = new Map<string, { input: Tensor; outputGradient: Tensor }>();
  for (const [id, { input, outputGradient }] of layerGradients(tape, network, record)) {
    const own = matmul(tape, input, outputGradient, { transposeA: true });
    const sum = persistent(device, `gradient of ${id}`, own.shape);
    accumulate(tape, own, { sum, clock });
    const size = own.shape[0]!;
    const identity = identities.get(size) ?? identityOf(device, size);
    identities.set(size, identity);
    sums.set(id, { input: identity, outputGradient: sum });
  }
  const program = await tape.compile("gradients of a part");
  for (const [pass, share] of sharesOf(parts).entries()) {
    await device.room();
    inputs.write(device, parts[pass]!);
    writeTensor(device, clock, clockAt(config, 0, { pass, share }));
    void device.submit([program]);
  }
  await device.idle();
  program.destroy();
  return sums;
}

function identityOf(device: ProgramContext["device"], size: number): Tensor {
  const identity = persistent(device, "identity", [size, size]);
  const values = new Float32Array(size * size);
  for (let row = 0; row < size; row++) values[row * (size + 1)] = 1;
  writeTensor(device, identity, values);
  return identity;
}
