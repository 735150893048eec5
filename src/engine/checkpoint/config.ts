import { type BertConfig, bertConfig, distilbertConfig, robertaConfig } from "./config/bert.ts";
import { type Fields, readFields } from "./config/fields.ts";
import { type Gpt2Config, gpt2Config } from "./config/gpt2.ts";
import { type LlamaConfig, llamaConfig, mistralConfig, qwen2Config } from "./config/llama.ts";
import { type T5Config, t5Config } from "./config/t5.ts";
import { type UseLiteConfig, useLiteConfig } from "./config/useLite.ts";

export type { BertConfig } from "./config/bert.ts";
export type { Activation, Pooling } from "./config/fields.ts";
export type { Gpt2Config } from "./config/gpt2.ts";
export type { LlamaConfig } from "./config/llama.ts";
export type { T5Config } from "./config/t5.ts";
export type { UseLiteConfig } from "./config/useLite.ts";

export type ModelConfig = BertConfig | Gpt2Config | LlamaConfig | T5Config | UseLiteConfig;

interface ModelType {
  readonly read: (fields: Fields) => ModelConfig;
  /** How the names of its classes in `architectures` start, in small letters. */
  readonly classes: string;
}

/** By `model_type`. */
const modelTypes: ReadonlyMap<string, ModelType> = new Map<string, ModelType>([
  ["bert", { read: bertConfig, classes: "bert" }],
  ["roberta", { read: robertaConfig, classes: "roberta" }],
  ["distilbert", { read: distilbertConfig, classes: "distilbert" }],
  ["gpt2", { read: gpt2Config, classes: "gpt2" }],
  ["llama", { read: llamaConfig, classes: "llama" }],
  ["qwen2", { read: qwen2Config, classes: "qwen2" }],
  ["mistral", { read: mistralConfig, classes: "mistral" }],
  ["t5", { read: t5Config, classes: "t5" }],
  ["use-lite", { read: useLiteConfig, classes: "universalsentenceencoderlite" }],
]);

/**
 * Reads a config.json. Unknown keys are ignored; a known key with a value that changes the model in a way that the
 * engine does not have is refused by name.
 *
 * @throws RefusedFileError
 */
export function parseConfig(text: string, file = "config.json"): ModelConfig {
  return readConfig(readFields(text, file));
}

/** Like `parseConfig`, of what has been parsed. @throws RefusedFileError */
export function readConfig(fields: Fields): ModelConfig {
  const name = fields.text("model_type");
  const modelType = modelTypes.get(name);
  if (!modelType) throw fields.unsupported("model_type", name, [...modelTypes.keys()]);
  for (const architecture of fields.texts("architectures")) {
    if (!architecture.toLowerCase().startsWith(modelType.classes))
      throw fields.unsupported("architectures", architecture, [`classes of ${name}`]);
  }
  const config = modelType.read(fields);
  for (const key of ["bos_token_id", "eos_token_id", "pad_token_id"]) fields.tokenId(key, config.vocabularySize);
  return config;
}
