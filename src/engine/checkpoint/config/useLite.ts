import { type Activation, type Fields, MAX_BLOCKS, MAX_VOCABULARY, type SharedConfig } from "./fields.ts";

/** Universal Sentence Encoder Lite (Cer et al., 2018, arXiv 1803.11175), the transformer variant. */
export interface UseLiteConfig extends SharedConfig {
  readonly family: "use-lite";
  readonly activation: Activation;
  /** Features of a token embedding, and of attention in block 0; all later ones have `width`. */
  readonly embeddingWidth: number;
}

export function useLiteConfig(fields: Fields): UseLiteConfig {
  const width = fields.size("hidden_size");
  const embeddingWidth = fields.size("embedding_size");
  const heads = fields.heads("num_attention_heads", width);
  fields.heads("num_attention_heads", embeddingWidth);
  fields.only("position_embedding_type", ["sinusoidal"]);
  fields.only("pooling", ["mean"]);
  return {
    family: "use-lite",
    vocabularySize: fields.size("vocab_size", MAX_VOCABULARY),
    width,
    embeddingWidth,
    blocks: fields.size("num_hidden_layers", MAX_BLOCKS),
    heads,
    innerWidth: fields.size("intermediate_size"),
    maxLength: fields.size("max_position_embeddings"),
    activation: fields.activation("hidden_act", "relu"),
    epsilon: fields.epsilon("layer_norm_eps", 1e-6),
  };
}
