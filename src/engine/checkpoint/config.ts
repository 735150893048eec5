import { type BertConfig, bertConfig, distilbertConfig, robertaConfig } from "./config/bert.ts";
import { Fields } from "./config/fields.ts";
import { type Gpt2Config, gpt2Config } from "./config/gpt2.ts";
import { type LlamaConfig, llamaConfig, mistralConfig, qwen2Config } from "./config/llama.ts";
import { type T5Config, t5Config } from "./config/t5.ts";
import { type UseLiteConfig, useLiteConfig } from "./config/useLite.ts";
import { RefusedFileError } from "./refusal.ts";
import { type Json, JsonError, type JsonObject, parseStrictJson } from "./strictJson.ts";

export type { BertConfig } from "./config/bert.ts";
export type { Activation } from "./config/fields.ts";
export type { Gpt2Config } from "./config/gpt2.ts";
export type { LlamaConfig } from "./config/llama.ts";
export type { T5Config } from "./config/t5.ts";
export type { UseLiteConfig } from "./config/useLite.ts";

export type ModelConfig = BertConfig | Gpt2Config | LlamaConfig | T5Config | UseLiteConfig;

/** Larger config files are no config files. */
const MAX_BYTES = 1_000_000;

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
  if (text.length > MAX_BYTES)
    throw new RefusedFileError("file-too-large", `${file} has more than ${MAX_BYTES.toLocaleString("en")} characters`);
  let json: Json;
  try {
    json = parseStrictJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const code = cause.fault === "depth" ? "config-too-deep" : "config-not-json";
    throw new RefusedFileError(code, `${file} is not valid JSON: ${cause.message}`, undefined, { cause });
  }
  if (!(json instanceof Map)) throw new RefusedFileError("config-not-object", `${file} holds no JSON object`);
  const fields = new Fields(json as JsonObject, file);
  const name = fields.text("model_type");
  const modelType = modelTypes.get(name);
  if (!modelType) throw fields.unsupported("model_type", name, [...modelTypes.keys()]);
  for (const architecture of fields.texts("architectures")) {
    if (!architecture.toLowerCase().startsWith(modelType.classes))
      throw fields.unsupported("architectures", architecture, [`classes of ${name}`]);
  }
  return modelType.read(fields);
}
