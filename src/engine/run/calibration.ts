import { collation, inputShape, longest, type RunData } from "../data/runData.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import type { RunConfig } from "../settings/config.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { collate, sharesOf } from "../tasks/collate.ts";
import { batchIndices } from "../tasks/subset.ts";
import { BatchInputs, lossToDifferentiate, type ProgramContext } from "./programs.ts";
import { WeightGradients } from "./weightGradients.ts";

/**
 * The loss's gradient with respect to the chosen weights over the first batches, or over all examples where there are fewer.
 *
 * @param prepare is called while it is computed; what it gives, after that, for as long as that takes.
 */
export async function withFirstGradient(
  context: ProgramContext,
  config: RunConfig,
  model: LoadedModel,
  data: RunData,
  report: (fraction: number) => void,
  prepare: (gradients: WeightGradients, workspace: Workspace) => Promise<() => Promise<void>>,
): Promise<void> {
  const { device, network } = context;
  // Gradients of whole weights take more room than a step will; it is given back.
  const workspace = new Workspace(device);
  const count = Math.min(data.training.length, config.batchSize * config.calibrationBatches);
  const examples = batchIndices(data.training.length, count, 0, config.seed).map((at) => data.training[at]!);
  const length = bucketFor(longest(examples), data.trainingLengths);
  const size = config.batchSize / config.accumulationSteps;
  const inputs = new BatchInputs(device, inputShape(data, size, length));
  const gradients = await WeightGradients.compile(
    device,
    workspace,
    network,
    (forward) => lossToDifferentiate(context, forward, inputs),
    { checkpointing: config.gradientCheckpointing === "on" },
  );
  const parts = Array.from({ length: Math.ceil(count / size) }, (_, at) =>
    collate(examples.slice(at * size, (at + 1) * size), collation(data, size, length, model.tokenizer.padId)),
  );
  const preparing = prepare(gradients, workspace);
  // Its failure is told where it is waited for.
  preparing.catch(() => {});
  for (const [microBatch, share] of sharesOf(parts).entries()) {
    report(microBatch / parts.length);
    await device.room();
    inputs.write(device, parts[microBatch]!);
    gradients.add({ microBatch, share });
  }
  const use = await preparing;
  await use();
  gradients.destroy();
  inputs.destroy();
  workspace.destroy();
}
