import { RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonError, JsonNumber, type JsonObject, parseStrictJson } from "./strictJson.ts";

/** Activations that the engine has: GELU by the error function, its tanh approximation, and ReLU. */
export type Activation = "gelu" | "gelu-tanh" | "relu";

interface SharedConfig {
  readonly vocabularySize: number;
  /** Features of a hidden state. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Features between the two layers of a block's perceptron. */
  readonly innerWidth: number;
  /** Tokens that a sequence may have. */
  readonly maxLength: number;
  readonly activation: Activation;
  /** Of layer normalisation. */
  readonly epsilon: number;
}

/** BERT (Devlin et al., 2019, arXiv 1810.04805) with learnt absolute positions. */
export interface BertConfig extends SharedConfig {
  readonly family: "bert";
  readonly segmentTypes: number;
  readonly padId: number;
}

/** GPT-2 (Radford et al., 2019). */
export interface Gpt2Config extends SharedConfig {
  readonly family: "gpt2";
  /** The output layer is the token embedding. */
  readonly tiedHead: boolean;
  readonly endOfTextId: number | undefined;
}

/** Universal Sentence Encoder Lite (Cer et al., 2018, arXiv 1803.11175), the transformer variant. */
export interface UseLiteConfig extends SharedConfig {
  readonly family: "use-lite";
  /** Features of a token embedding, and of attention in block 0; all later ones have `width`. */
  readonly embeddingWidth: number;
}

export type ModelConfig = BertConfig | Gpt2Config | UseLiteConfig;

/** Larger config files are no config files. */
const MAX_BYTES = 1_000_000;

const activations: ReadonlyMap<string, Activation> = new Map([
  ["gelu", "gelu"],
  ["gelu_new", "gelu-tanh"],
  ["gelu_pytorch_tanh", "gelu-tanh"],
  ["gelu_fast", "gelu-tanh"],
  ["relu", "relu"],
]);

const families = new Map<string, (fields: Fields) => ModelConfig>([
  ["bert", bertConfig],
  ["gpt2", gpt2Config],
  ["use-lite", useLiteConfig],
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
  const modelType = fields.text("model_type");
  const family = families.get(modelType);
  if (!family) throw fields.unsupported("model_type", modelType, [...families.keys()]);
  return family(fields);
}

function bertConfig(fields: Fields): BertConfig {
  const width = fields.size("hidden_size");
  const vocabularySize = fields.size("vocab_size", 2 ** 24);
  fields.only("position_embedding_type", ["absolute"]);
  fields.off("is_decoder");
  fields.off("add_cross_attention");
  return {
    family: "bert",
    vocabularySize,
    width,
    blocks: fields.size("num_hidden_layers", 256),
    heads: fields.heads("num_attention_heads", width),
    innerWidth: fields.size("intermediate_size"),
    maxLength: fields.size("max_position_embeddings"),
    segmentTypes: fields.size("type_vocab_size", 1024, 2),
    activation: fields.activation("hidden_act", "gelu"),
    epsilon: fields.epsilon("layer_norm_eps", 1e-12),
    padId: fields.tokenId("pad_token_id", vocabularySize) ?? 0,
  };
}

function gpt2Config(fields: Fields): Gpt2Config {
  const width = fields.size("n_embd");
  const vocabularySize = fields.size("vocab_size", 2 ** 24);
  fields.off("scale_attn_by_inverse_layer_idx");
  fields.off("add_cross_attention");
  if (!fields.flag("scale_attn_weights", true)) throw fields.unsupported("scale_attn_weights", "false", ["true"]);
  return {
    family: "gpt2",
    vocabularySize,
    width,
    blocks: fields.size("n_layer", 256),
    heads: fields.heads("n_head", width),
    innerWidth: fields.size("n_inner", MAX_SIZE, 4 * width),
    maxLength: fields.size("n_positions"),
    activation: fields.activation("activation_function", "gelu_new"),
    epsilon: fields.epsilon("layer_norm_epsilon", 1e-5),
    tiedHead: fields.flag("tie_word_embeddings", true),
    endOfTextId: fields.tokenId("eos_token_id", vocabularySize),
  };
}

function useLiteConfig(fields: Fields): UseLiteConfig {
  const width = fields.size("hidden_size");
  const embeddingWidth = fields.size("embedding_size");
  const heads = fields.heads("num_attention_heads", width);
  fields.heads("num_attention_heads", embeddingWidth);
  fields.only("position_embedding_type", ["sinusoidal"]);
  fields.only("pooling", ["mean"]);
  return {
    family: "use-lite",
    vocabularySize: fields.size("vocab_size", 2 ** 24),
    width,
    embeddingWidth,
    blocks: fields.size("num_hidden_layers", 256),
    heads,
    innerWidth: fields.size("intermediate_size"),
    maxLength: fields.size("max_position_embeddings"),
    activation: fields.activation("hidden_act", "relu"),
    epsilon: fields.epsilon("layer_norm_eps", 1e-6),
  };
}

/** Features or tokens beyond which no device holds a model. */
const MAX_SIZE = 65_536;

/** The keys of a config.json, each read as what it must be. A default makes a key optional; null counts as absent. */
class Fields {
  readonly #json: JsonObject;
  readonly #file: string;

  constructor(json: JsonObject, file: string) {
    this.#json = json;
    this.#file = file;
  }

  text(key: string, initial?: string): string {
    const value = this.#value(key, initial !== undefined);
    if (value === undefined) return initial!;
    if (typeof value !== "string") throw this.#wrongType(key, "a text");
    return value;
  }

  flag(key: string, initial: boolean): boolean {
    const value = this.#value(key, true) ?? initial;
    if (typeof value !== "boolean") throw this.#wrongType(key, "true or false");
    return value;
  }

  /** A whole number from 1. */
  size(key: string, most = MAX_SIZE, initial?: number): number {
    const size = this.#number(key, initial);
    if (!Number.isInteger(size) || size < 1)
      throw this.#refuse("config-out-of-range", `${key} must be a whole number from 1, not ${size}`);
    if (size > most)
      throw this.#refuse("config-too-large", `${key} is ${size}; the most that can be loaded is ${most}`);
    return size;
  }

  epsilon(key: string, initial: number): number {
    const value = this.#number(key, initial);
    if (!(value > 0 && value < 1))
      throw this.#refuse("config-out-of-range", `${key} must lie between 0 and 1, not ${value}`);
    return value;
  }

  heads(key: string, width: number): number {
    const heads = this.size(key);
    if (width % heads !== 0)
      throw this.#refuse("config-inconsistent", `${key} is ${heads}, which does not divide the width ${width}`);
    return heads;
  }

  tokenId(key: string, vocabularySize: number): number | undefined {
    if (this.#value(key, true) === undefined) return undefined;
    const id = this.#number(key);
    if (!Number.isInteger(id) || id < 0)
      throw this.#refuse("config-out-of-range", `${key} must be a whole number from 0, not ${id}`);
    if (id >= vocabularySize) {
      throw this.#refuse("config-inconsistent", `${key} is ${id}, but the vocabulary has ${vocabularySize} tokens`);
    }
    return id;
  }

  activation(key: string, initial: string): Activation {
    const name = this.text(key, initial);
    const activation = activations.get(name);
    if (!activation) throw this.unsupported(key, name, [...activations.keys()]);
    return activation;
  }

  /** Refuses a setting that is there and none of those that the engine has; the first is the default. */
  only(key: string, supported: readonly string[]): void {
    const value = this.text(key, supported[0]!);
    if (!supported.includes(value)) throw this.unsupported(key, value, supported);
  }

  /** Refuses a switch that is on. */
  off(key: string): void {
    if (this.flag(key, false)) throw this.unsupported(key, "true", ["false"]);
  }

  unsupported(key: string, value: string, supported: readonly string[]): RefusedFileError {
    return new RefusedFileError(
      "config-unsupported",
      `${this.#file}: ${key} "${shown(value)}" is not supported`,
      `Supported: ${supported.join(", ")}.`,
    );
  }

  #number(key: string, initial?: number): number {
    const value = this.#value(key, initial !== undefined);
    if (value === undefined) return initial!;
    if (!(value instanceof JsonNumber)) throw this.#wrongType(key, "a number");
    return Number(value.text);
  }

  #value(key: string, optional: boolean): Json | undefined {
    const value = this.#json.get(key) ?? undefined;
    if (value === undefined && !optional) throw this.#refuse("config-missing-key", `${key} is missing`);
    return value;
  }

  #wrongType(key: string, what: string): RefusedFileError {
    return this.#refuse("config-wrong-type", `${key} must be ${what}`);
  }

  #refuse(code: ConstructorParameters<typeof RefusedFileError>[0], what: string): RefusedFileError {
    return new RefusedFileError(code, `${this.#file}: ${what}`);
  }
}
