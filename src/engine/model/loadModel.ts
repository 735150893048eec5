import { type Checkpoint, type CheckpointFiles, loadCheckpoint, type OnProgress } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { bert } from "./bert.ts";
import { gpt2 } from "./gpt2.ts";
import type { Transformer } from "./transformer.ts";
import { sinusoids, USE_LITE_POSITIONS, universalSentenceEncoderLite } from "./useLite.ts";

/** A checkpoint and the model that it is of; `tensors` holds all that the model reads. */
export interface LoadedModel extends Checkpoint {
  readonly transformer: Transformer;
}

/**
 * Loads a checkpoint and builds the model that its config.json describes.
 *
 * @param onProgress of model.safetensors.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function loadModel(files: CheckpointFiles, onProgress?: OnProgress): Promise<LoadedModel> {
  let transformer: Transformer | undefined;
  const checkpoint = await loadCheckpoint(
    files,
    (config, names) => {
      transformer = transformerOf(config, names);
      return transformer.tensors.filter(({ constant }) => !constant);
    },
    onProgress,
  );
  const tensors = new Map([...checkpoint.tensors, ...constantsOf(checkpoint.config)]);
  return { ...checkpoint, tensors, transformer: transformer! };
}

/** @param names of the tensors that there are; optional layers that none of them belongs to are left out. */
export function transformerOf(config: ModelConfig, names: ReadonlySet<string>): Transformer {
  switch (config.family) {
    case "bert":
      return bert(config, { hasPooler: names.has("pooler.dense.weight") });
    case "gpt2":
      return gpt2(config);
    case "use-lite":
      return universalSentenceEncoderLite(config);
  }
}

/** What a model reads that is computed instead of stored. */
export function constantsOf(config: ModelConfig): ReadonlyMap<string, HostTensor> {
  if (config.family !== "use-lite") return new Map();
  const shape = [config.maxLength, config.embeddingWidth];
  return new Map([[USE_LITE_POSITIONS, { shape, values: sinusoids(config.maxLength, config.embeddingWidth) }]]);
}
