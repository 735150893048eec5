import { type Activation, type Fields, MAX_BLOCKS, MAX_VOCABULARY, type SharedConfig } from "./fields.ts";

/**
 * BERT (Devlin et al., 2019, arXiv 1810.04805) with learnt absolute positions, which MiniLM is too; RoBERTa (Liu et al.,
 * 2019, arXiv 1907.11692) and DistilBERT (Sanh et al., 2019, arXiv 1910.01108), which differ in names and embeddings.
 */
export interface BertConfig extends SharedConfig {
  readonly family: "bert" | "roberta" | "distilbert";
  readonly activation: Activation;
  /** Kinds of segment that are told apart; 0 where segments are not embedded at all. */
  readonly segmentTypes: number;
  /** Row of the position table that the first token gets. */
  readonly firstPosition: number;
  readonly padId: number;
}

export function bertConfig(fields: Fields): BertConfig {
  return { ...encoder(fields), family: "bert", firstPosition: 0 };
}

/** RoBERTa counts positions from the one after the padding token's id, so that many rows of its table are unused. */
export function robertaConfig(fields: Fields): BertConfig {
  const config = encoder(fields, 1);
  // Positions depend on it, so that no other will do; -1 stands for none, as null does.
  if (!fields.is("pad_token_id", -1)) fields.tokenId("pad_token_id", config.vocabularySize, { isNeeded: true });
  const firstPosition = config.padId + 1;
  if (config.maxLength <= firstPosition) {
    throw fields.inconsistent(
      `max_position_embeddings is ${config.maxLength}, but positions start at ${firstPosition}, after pad_token_id`,
    );
  }
  return { ...config, family: "roberta", firstPosition, maxLength: config.maxLength - firstPosition };
}

export function distilbertConfig(fields: Fields): BertConfig {
  const width = fields.size("dim");
  const vocabularySize = fields.size("vocab_size", MAX_VOCABULARY);
  return {
    family: "distilbert",
    vocabularySize,
    width,
    blocks: fields.size("n_layers", MAX_BLOCKS),
    heads: fields.heads("n_heads", width),
    innerWidth: fields.size("hidden_dim"),
    // Where sinusoidal_pos_embds is on, the sines are in the table all the same.
    maxLength: fields.size("max_position_embeddings"),
    segmentTypes: 0,
    firstPosition: 0,
    activation: fields.activation("activation", "gelu"),
    epsilon: 1e-12,
    padId: fields.tokenId("pad_token_id", vocabularySize) ?? 0,
  };
}

function encoder(fields: Fields, usualPadId = 0): Omit<BertConfig, "family" | "firstPosition"> {
  const width = fields.size("hidden_size");
  const vocabularySize = fields.size("vocab_size", MAX_VOCABULARY);
  fields.only("position_embedding_type", ["absolute"]);
  fields.off("is_decoder");
  fields.off("add_cross_attention");
  return {
    vocabularySize,
    width,
    blocks: fields.size("num_hidden_layers", MAX_BLOCKS),
    heads: fields.heads("num_attention_heads", width),
    innerWidth: fields.size("intermediate_size"),
    maxLength: fields.size("max_position_embeddings"),
    segmentTypes: fields.size("type_vocab_size", 1024, 2),
    activation: fields.activation("hidden_act", "gelu"),
    epsilon: fields.epsilon("layer_norm_eps", 1e-12),
    padId: fields.tokenId("pad_token_id", vocabularySize) ?? usualPadId,
  };
}
