import { type Fields, MAX_BLOCKS, MAX_SIZE, MAX_VOCABULARY, type SharedConfig } from "./fields.ts";

/**
 * Llama (Touvron et al., 2023, arXiv 2302.13971), Qwen2 (2024, arXiv 2407.10671) and Mistral (2023, arXiv 2310.06825),
 * which differ in where biases are.
 */
export interface LlamaConfig extends SharedConfig {
  readonly family: "llama";
  /** Heads of keys and values, each shared by heads / keyValueHeads query heads. */
  readonly keyValueHeads: number;
  /** Features of a head: even, and not always width / heads. */
  readonly headWidth: number;
  /** Base of the rates at which rotary positions turn. */
  readonly theta: number;
  /** Which dense layers have a bias. */
  readonly biases: { readonly queryKeyValue: boolean; readonly output: boolean; readonly mlp: boolean };
  /** The output layer is the token embedding. */
  readonly tiedHead: boolean;
  readonly endOfTextId: number | undefined;
}

/**
 * Positions are computed, so a model may be used with fewer than it has; attention that keeps all scores goes no
 * further than this anyway.
 */
const MAX_POSITIONS = 4096;

export function llamaConfig(fields: Fields): LlamaConfig {
  const attention = fields.flag("attention_bias", false);
  const mlp = fields.flag("mlp_bias", false);
  return { ...decoder(fields), biases: { queryKeyValue: attention, output: attention, mlp } };
}

export function qwen2Config(fields: Fields): LlamaConfig {
  return { ...decoder(fields), biases: { queryKeyValue: true, output: false, mlp: false } };
}

export function mistralConfig(fields: Fields): LlamaConfig {
  return { ...decoder(fields), biases: { queryKeyValue: false, output: false, mlp: false } };
}

function decoder(fields: Fields): Omit<LlamaConfig, "biases"> {
  const width = fields.size("hidden_size");
  const vocabularySize = fields.size("vocab_size", MAX_VOCABULARY);
  const heads = fields.heads("num_attention_heads", width);
  const keyValueHeads = fields.size("num_key_value_heads", MAX_SIZE, heads);
  if (heads % keyValueHeads !== 0) {
    throw fields.inconsistent(`num_key_value_heads is ${keyValueHeads}, which does not divide the ${heads} heads`);
  }
  const headWidth = fields.size("head_dim", MAX_SIZE, width / heads);
  if (headWidth % 2 !== 0) {
    throw fields.inconsistent(`heads are ${headWidth} wide, but rotary positions turn pairs of features`);
  }
  fields.only("hidden_act", ["silu"]);
  for (const key of ["bos_token_id", "pad_token_id"]) fields.tokenId(key, vocabularySize);
  return {
    family: "llama",
    vocabularySize,
    width,
    blocks: fields.size("num_hidden_layers", MAX_BLOCKS),
    heads,
    keyValueHeads,
    headWidth,
    innerWidth: fields.size("intermediate_size"),
    maxLength: Math.min(fields.size("max_position_embeddings", 2 ** 24), attentionWindow(fields), MAX_POSITIONS),
    theta: rotaryBase(fields),
    epsilon: fields.epsilon("rms_norm_eps", 1e-6),
    tiedHead: fields.flag("tie_word_embeddings", false),
    endOfTextId: fields.tokenId("eos_token_id", vocabularySize),
  };
}

/**
 * How far back a token sees. Sequences no longer than a sliding window are what they would be without one; 0 is none, and
 * where windows are off their size means nothing.
 */
function attentionWindow(fields: Fields): number {
  const isOn = fields.flag("use_sliding_window", true) && fields.has("sliding_window");
  return isOn && !fields.is("sliding_window", 0) ? fields.size("sliding_window", Number.MAX_VALUE) : MAX_POSITIONS;
}

/** Older files say rope_theta and rope_scaling, newer ones put both into rope_parameters. */
function rotaryBase(fields: Fields): number {
  const parameters = fields.nested("rope_parameters");
  for (const scaling of [parameters, fields.nested("rope_scaling")]) {
    scaling?.only("type", ["default"]);
    scaling?.only("rope_type", ["default"]);
  }
  for (const each of [fields, ...(parameters ? [parameters] : [])]) {
    const share = each.positive("partial_rotary_factor", 1);
    if (share !== 1) throw each.unsupported("partial_rotary_factor", `${share}`, ["1"]);
  }
  return (parameters?.has("rope_theta") ? parameters : fields).positive("rope_theta", 10_000);
}
