import { readFields } from "../checkpoint/config/fields.ts";
import { readConfig } from "../checkpoint/config.ts";
import { type CheckpointFiles, type FileBytes, readingAt } from "../checkpoint/files.ts";
import { safetensorsHeader } from "../checkpoint/writeSafetensors.ts";
import { transformerOf } from "../model/loadModel.ts";

/** Sizes of a BERT of one narrow block, as config.json has them. */
export interface LargeSizes {
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
}

/** The width of such a BERT. */
export const WIDTH = 7168;

/** A BERT of any size whose weights are nowhere: only the header of their file can be read. */
export function largeBert(sizes: LargeSizes): CheckpointFiles {
  const config = JSON.stringify({
    ...{ architectures: ["BertModel"], model_type: "bert", hidden_act: "gelu", layer_norm_eps: 1e-12, pad_token_id: 0 },
    ...{ hidden_size: WIDTH, num_hidden_layers: 1, num_attention_heads: 112, intermediate_size: 64, ...sizes },
  });
  const { tensors } = transformerOf(readConfig(readFields(config, "config.json")), new Set());
  const header = safetensorsHeader(new Map(tensors.map(({ name, shape }) => [name, { shape }])), { format: "pt" });
  const texts = new Map([
    ["config.json", config],
    ["vocab.txt", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ..."abcdefghijklmnopqrstuvwxyz"].join("\n")],
  ]);
  const weights: FileBytes = readingAt(header.size, (from, to) => {
    if (to > header.bytes.length) throw new Error("a weight was read");
    return header.bytes.slice(from, to);
  });
  return {
    names: [...texts.keys(), "model.safetensors"],
    read: async (file) => new TextEncoder().encode(texts.get(file)!).buffer as ArrayBuffer,
    open: async () => weights,
    size: async () => weights.size,
    slice: async (_, from, to) => weights.at(from, to).buffer,
  };
}
