import type { CheckpointFiles } from "../../engine/checkpoint/checkpoint.ts";
import { chosenInWords } from "../../engine/checkpoint/folder.ts";
import { listed } from "../../engine/checkpoint/refusal.ts";
import { EngineError } from "../../engine/errors.ts";
import { inspectModel } from "../../engine/model/loadModel.ts";
import { summaryOf } from "../../engine/model/modelSummary.ts";
import { filesAs, folderModel } from "../../engine/onnx/modelFolder.ts";
import { modelIn } from "../../engine/onnx/onnxFiles.ts";
import { estimateMemory, memoryInWords } from "../../engine/run/estimate.ts";
import type { RunConfig } from "../../engine/settings/config.ts";
import { checkpointFiles } from "../localFiles.ts";
import type { ModelDescription, OpenedModel } from "../rpc.ts";
import type { Handlers, RequestContext } from "./handler.ts";

/** What is asked about checkpoints that the visitor has. */
export const modelHandlers: Pick<Handlers, "inspectModel" | "openModel"> = {
  async inspectModel({ files, config }, context) {
    context.progress("Reading the headers");
    return describeModel(await modelIn(checkpointFiles(files)), config, context);
  },

  async openModel({ name, files, wanted }, { localFiles, progress }) {
    const given = checkpointFiles(files);
    progress("Checking the files");
    const own = await folderModel(name, given, (done, all) => progress("Taking the fingerprint", done / all));
    const known = wanted === undefined || wanted === own.reference ? undefined : await filesAs(wanted, given);
    localFiles.set(own.reference, files);
    const opened = known ? await openedModel(wanted!, known) : await openedModel(own.reference, own.files);
    return { ...opened, kept: own.reference };
  },
};

/** What can be said of a checkpoint before anything of it is allocated. */
export async function describeModel(
  files: CheckpointFiles,
  config: RunConfig,
  context: RequestContext,
): Promise<ModelDescription> {
  const { transformer, comparison, warnings, config: model, ...found } = await inspectModel(files);
  const { missing, misshaped, unreadable } = comparison;
  const obstacles = [
    missing.length > 0 && `Missing are ${missing.length} of ${found.tensors.length} tensors: ${listed(missing)}.`,
    misshaped.length > 0 &&
      `Of another shape than config.json says: ${listed(misshaped.map(({ name, shape, found: real }) => `${name} [${real.join(", ")}] instead of [${shape.join(", ")}]`))}.`,
    unreadable.length > 0 &&
      `Stored in a way that is not read: ${listed(unreadable.map(({ name, dtype }) => `${name} (${dtype})`))}.`,
  ].filter((obstacle) => obstacle !== false);
  return {
    family: model.family,
    parameters: found.parameters,
    dtypes: [...found.dtypes],
    storedBytes: found.storedBytes,
    positions: transformer.maxLength,
    vocabularySize: found.tokenizer.vocabularySize,
    layers: transformer.layers.length,
    obstacles,
    chosen: chosenInWords(files),
    warnings: warnings.map(({ message }) => message),
    memory: obstacles.length > 0 ? undefined : await memoryOf(files, config, context),
  };
}

/** What the page has to know of a model that runs may use. */
export async function openedModel(reference: string, files: CheckpointFiles): Promise<OpenedModel> {
  const { transformer, parameters, config } = await inspectModel(files);
  return { reference, facts: summaryOf(transformer), family: config.family, parameters };
}

/** What the present settings would take with this model, or why they do not go with it. */
async function memoryOf(
  files: CheckpointFiles,
  config: RunConfig,
  { trainer, sources, progress }: RequestContext,
): Promise<ModelDescription["memory"]> {
  progress("Counting the memory");
  const limits = await trainer.borrow(async ({ description }) => description);
  try {
    const own = { ...sources, model: async () => files };
    const estimate = await estimateMemory({ ...config, model: "file:opened~0000000000000000" }, own, limits);
    const { maxBufferSize, maxStorageBufferBindingSize, kind } = limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    return { inWords: memoryInWords(estimate, kind), largest: estimate.largest, limit };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { problem: error.hint ? `${error.message}. ${error.hint}` : error.message };
  }
}
