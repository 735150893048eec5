import type { LoadedModel } from "../model/loadModel.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { bucketFor } from "../tasks/buckets.ts";
import { collate } from "../tasks/collate.ts";
import { batchIndices } from "../tasks/subset.ts";
import { seatBases } from "./bases.ts";
import type { RunConfig } from "./config.ts";
import { collation, inputShape, longest, type RunData } from "./data.ts";
import { BatchInputs, type ProgramContext } from "./programs.ts";

/** The bases of a compressed adapter from the first batches, or from all examples where there are fewer. */
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
  const inputs = new BatchInputs(device, inputShape(data, count, length));
  await device.settle();
  inputs.write(device, collate(examples, collation(data, count, length, model.tokenizer.padId)));
  await seatBases(device, workspace, network, {
    kind: config.bases === "spectral" ? "spectral" : "gradient",
    seed: config.seed,
    record: (forward) => objective.record(forward, inputs.batch, inputs.targets).loss,
  });
  inputs.destroy();
  workspace.destroy();
}
