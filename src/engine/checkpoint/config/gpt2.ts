import { type Activation, type Fields, MAX_BLOCKS, MAX_SIZE, MAX_VOCABULARY, type SharedConfig } from "./fields.ts";

/** GPT-2 (Radford et al., 2019), which DistilGPT-2 is too. */
export interface Gpt2Config extends SharedConfig {
  readonly family: "gpt2";
  readonly activation: Activation;
  /** The output layer is the token embedding. */
  readonly tiedHead: boolean;
  readonly endOfTextId: number | undefined;
}

export function gpt2Config(fields: Fields): Gpt2Config {
  const width = fields.size("n_embd");
  const vocabularySize = fields.size("vocab_size", MAX_VOCABULARY);
  fields.off("scale_attn_by_inverse_layer_idx");
  fields.off("add_cross_attention");
  if (!fields.flag("scale_attn_weights", true)) throw fields.unsupported("scale_attn_weights", "false", ["true"]);
  for (const key of ["bos_token_id", "pad_token_id"]) fields.tokenId(key, vocabularySize);
  return {
    family: "gpt2",
    vocabularySize,
    width,
    blocks: fields.size("n_layer", MAX_BLOCKS),
    heads: fields.heads("n_head", width),
    innerWidth: fields.size("n_inner", MAX_SIZE, 4 * width),
    maxLength: fields.size("n_positions"),
    activation: fields.activation("activation_function", "gelu_new"),
    epsilon: fields.epsilon("layer_norm_epsilon", 1e-5),
    tiedHead: fields.flag("tie_word_embeddings", true),
    endOfTextId: fields.tokenId("eos_token_id", vocabularySize),
  };
}
