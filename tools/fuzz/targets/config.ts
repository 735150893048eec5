import { readFields } from "../../../src/engine/checkpoint/config/fields.ts";
import { type ModelConfig, parseConfig, readConfig } from "../../../src/engine/checkpoint/config.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

const bert = {
  ...{ model_type: "bert", architectures: ["BertModel"], vocab_size: 100, hidden_size: 32, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, intermediate_size: 64, max_position_embeddings: 48, type_vocab_size: 2 },
  ...{ hidden_act: "gelu", layer_norm_eps: 1e-12, pad_token_id: 0, position_embedding_type: "absolute" },
};
const llama = {
  ...{ model_type: "llama", architectures: ["LlamaForCausalLM"], vocab_size: 256, hidden_size: 64 },
  ...{ intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
  ...{ max_position_embeddings: 128, rms_norm_eps: 1e-5, rope_theta: 10000, rope_scaling: null, hidden_act: "silu" },
  ...{ tie_word_embeddings: true, attention_bias: false, bos_token_id: 0, eos_token_id: [1, 2], head_dim: 16 },
};
const seeds = [
  bert,
  { ...bert, model_type: "roberta", architectures: ["RobertaModel"] },
  {
    ...{ model_type: "distilbert", vocab_size: 100, dim: 32, n_layers: 2, n_heads: 4, hidden_dim: 64 },
    ...{ max_position_embeddings: 48, activation: "gelu", sinusoidal_pos_embds: false },
  },
  {
    ...{ model_type: "gpt2", vocab_size: 50, n_embd: 24, n_layer: 3, n_head: 3, n_positions: 16, n_inner: null },
    ...{ activation_function: "gelu_new", layer_norm_epsilon: 1e-5, tie_word_embeddings: true, eos_token_id: 0 },
  },
  llama,
  { ...llama, model_type: "qwen2", architectures: null, sliding_window: 64, use_sliding_window: false },
  { ...llama, sliding_window: 0, bos_token_id: -1, eos_token_id: [50256, 2], pad_token_id: 50256 },
  { ...llama, rope_parameters: { rope_type: "default", rope_theta: 300 } },
  {
    ...{ model_type: "t5", vocab_size: 64, d_model: 32, d_kv: 8, d_ff: 64, num_layers: 2, num_heads: 4 },
    ...{ relative_attention_num_buckets: 32, relative_attention_max_distance: 128, feed_forward_proj: "gated-gelu" },
  },
  {
    ...{ model_type: "use-lite", vocab_size: 20, embedding_size: 16, hidden_size: 32, num_hidden_layers: 2 },
    ...{ num_attention_heads: 4, intermediate_size: 64, max_position_embeddings: 48, pooling: "mean" },
  },
];
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** How Python and some editors write what JSON does not have. */
const asPython = (text: string, random: Random) => {
  const odd = random.of(["NaN", "Infinity", "-Infinity", '{"a": [NaN]}']);
  return `${random.once(2) ? "\uFEFF" : ""}${text.replace("{", `{"odd": ${odd},`)}`;
};

export const target: Target = {
  file: "config.json",

  input(random) {
    const seed = random.of(seeds);
    const written = random.once(6) ? JSON.stringify(seed) : damagedJson(seed, random);
    const text = random.once(6) ? asPython(written, random) : written;
    const bytes = encoder.encode(text);
    return text === JSON.stringify(seed) || random.once(10) ? damaged(bytes, random) : bytes;
  },

  /** What is accepted describes a model that could be, whether or not values are set aside, and then alike. */
  run(bytes) {
    const text = decoder.decode(bytes);
    const setAside = new Map();
    const config = readConfig(readFields(text, "config.json", undefined, (key, value) => setAside.set(key, value)));
    check(config);
    if (setAside.size > 0) return config;
    const strict = parseConfig(text);
    if (JSON.stringify(strict) !== JSON.stringify(config)) throw new TypeError("read in two ways");
    return config;
  },
};

/** Entries that name a token, where they are there. */
const tokens: ReadonlySet<string> = new Set(["padId", "endOfTextId", "decoderStart"]);

function check(config: ModelConfig): void {
  const { vocabularySize, width, blocks, heads, innerWidth, maxLength } = config;
  const entries: readonly (readonly [key: string, value: unknown])[] = Object.entries(config);
  for (const [key, value] of entries) {
    if (typeof value === "number" && !(value >= 0 && Number.isFinite(value)))
      throw new TypeError(`${key} became ${value}`);
    const isToken = typeof value === "number" && value < vocabularySize;
    if (tokens.has(key) && value !== undefined && !isToken) throw new TypeError(`${key} is no token`);
  }
  for (const [key, size] of Object.entries({ vocabularySize, width, blocks, heads, innerWidth, maxLength })) {
    // No device holds more.
    if (!(Number.isInteger(size) && size > 0 && size <= 2 ** 24)) throw new TypeError(`${key} became ${size}`);
  }
}
