import { type Checkpoint, type CheckpointFiles, loadCheckpoint, type OnProgress } from "../checkpoint/checkpoint.ts";
import type { ModelConfig } from "../checkpoint/config.ts";
import { type Inspection, inspectCheckpoint } from "../checkpoint/inspect.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { relativeBuckets } from "../ops/relativeBias.ts";
import { rotaryTable } from "../ops/rope.ts";
import { bert } from "./bert.ts";
import { gpt2 } from "./gpt2.ts";
import { llama, ROTARY_TABLE } from "./llama.ts";
import { T5_BUCKETS, t5 } from "./t5.ts";
import type { Transformer } from "./transformer.ts";
import { sinusoids, USE_LITE_POSITIONS, universalSentenceEncoderLite } from "./useLite.ts";

/** A checkpoint and the model that it is of; `tensors` holds all that the model reads. */
export interface LoadedModel extends Checkpoint {
  readonly transformer: Transformer;
}

/**
 * Loads a checkpoint and builds the model that its config.json describes.
 *
 * @param onProgress of the weights.
 * @param admit is shown the model before any weight is read, and throws where it is not wanted.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function loadModel(
  files: CheckpointFiles,
  onProgress?: OnProgress,
  admit: (transformer: Transformer) => void = () => {},
): Promise<LoadedModel> {
  let transformer: Transformer | undefined;
  const checkpoint = await loadCheckpoint(
    files,
    (config, names) => {
      transformer = transformerOf(config, names);
      return transformer.tensors.filter(({ constant }) => !constant);
    },
    onProgress,
    () => admit(transformer!),
  );
  const tensors = new Map([...checkpoint.tensors, ...constantsOf(checkpoint.config)]);
  return { ...checkpoint, tensors, transformer: transformer! };
}

/** What a checkpoint is and what it lacks, with the model that its config.json describes; no weight is read. */
export interface InspectedModel extends Inspection {
  readonly transformer: Transformer;
}

/**
 * Looks at a checkpoint before it is loaded.
 *
 * @param onProgress of files that cannot be read in slices.
 * @throws RefusedFileError when config, tokenizer or a header cannot be used at all.
 */
export async function inspectModel(files: CheckpointFiles, onProgress?: OnProgress): Promise<InspectedModel> {
  let transformer: Transformer | undefined;
  const inspection = await inspectCheckpoint(
    files,
    (config, names) => {
      transformer = transformerOf(config, names);
      return transformer.tensors.filter(({ constant }) => !constant);
    },
    onProgress,
  );
  return { ...inspection, transformer: transformer! };
}

/** @param names of the tensors that there are; optional layers that none of them belongs to are left out. */
export function transformerOf(config: ModelConfig, names: ReadonlySet<string>): Transformer {
  switch (config.family) {
    case "bert":
    case "roberta":
    case "distilbert":
      return bert(config, { hasPooler: names.has("pooler.dense.weight") });
    case "gpt2":
      return gpt2(config);
    case "llama":
      return llama(config);
    case "t5":
      return t5(config, { hasHead: names.has("lm_head.weight") });
    case "use-lite":
      return universalSentenceEncoderLite(config);
  }
}

/** What a model reads that is computed instead of stored. */
export function constantsOf(config: ModelConfig): ReadonlyMap<string, HostTensor> {
  switch (config.family) {
    case "llama": {
      const { maxLength, headWidth, theta } = config;
      return new Map([[ROTARY_TABLE, table(headWidth, rotaryTable(maxLength, headWidth, theta))]]);
    }
    case "t5": {
      const { buckets, maxDistance, decoderBlocks } = config;
      const distances = (bothWays: boolean): HostTensor => {
        const values = relativeBuckets({ buckets, maxDistance, bothWays });
        return { shape: [values.length], values };
      };
      const encoder = [T5_BUCKETS.encoder, distances(true)] as const;
      return new Map(decoderBlocks === 0 ? [encoder] : [encoder, [T5_BUCKETS.decoder, distances(false)]]);
    }
    case "use-lite": {
      const { maxLength, embeddingWidth } = config;
      return new Map([[USE_LITE_POSITIONS, table(embeddingWidth, sinusoids(maxLength, embeddingWidth))]]);
    }
    default:
      return new Map();
  }
}

function table(width: number, values: Float32Array): HostTensor {
  return { shape: [values.length / width, width], values };
}
