import { type Activation, type Fields, MAX_BLOCKS, MAX_SIZE, MAX_VOCABULARY, type SharedConfig } from "./fields.ts";

/** T5 (Raffel et al., 2020, arXiv 1910.10683), versions 1.0 and 1.1, and what was made of them, such as Flan-T5. */
export interface T5Config extends SharedConfig {
  readonly family: "t5";
  /** Blocks of the decoder; 0 where the checkpoint is an encoder alone. `blocks` are the encoder's. */
  readonly decoderBlocks: number;
  /** Features of a head, of which there may be more or fewer than the width altogether. */
  readonly headWidth: number;
  readonly activation: Activation;
  /** Whether a perceptron multiplies what it activates by a second layer's output (version 1.1). */
  readonly isGated: boolean;
  /** Buckets of the distances between tokens, and the distance from which all share the last. */
  readonly buckets: number;
  readonly maxDistance: number;
  /** The output layer is the token embedding. */
  readonly tiedHead: boolean;
  /** States are divided by √width before the output layer (version 1.0). */
  readonly scalesHead: boolean;
  /** What the decoder begins with. */
  readonly decoderStart: number;
  readonly padId: number;
  readonly endOfTextId: number | undefined;
}

/** By `feed_forward_proj`. Version 1.1 says gelu and means its tanh approximation. */
const perceptrons: ReadonlyMap<string, Pick<T5Config, "activation" | "isGated">> = new Map([
  ["relu", { activation: "relu", isGated: false }],
  ["gated-gelu", { activation: "gelu-tanh", isGated: true }],
]);

/** What T5 was trained with; there are no absolute positions, so that a file need not say it. */
const POSITIONS = 512;

/** Attention that keeps all scores goes no further than this. */
const MAX_POSITIONS = 4096;

export function t5Config(fields: Fields): T5Config {
  const vocabularySize = fields.size("vocab_size", MAX_VOCABULARY);
  const blocks = fields.size("num_layers", MAX_BLOCKS);
  const isEncoder = fields.texts("architectures").includes("T5EncoderModel");
  const decoderBlocks = fields.size("num_decoder_layers", MAX_BLOCKS, blocks);
  const buckets = fields.size("relative_attention_num_buckets", MAX_SIZE, 32);
  const maxDistance = fields.size("relative_attention_max_distance", MAX_SIZE, 128);
  // Half of the buckets hold a distance each, the others what lies between these and the largest.
  if (buckets < 4 || maxDistance <= Math.floor(buckets / 2)) {
    throw fields.inconsistent(
      `${buckets} buckets (relative_attention_num_buckets) cannot divide distances up to ${maxDistance} (relative_attention_max_distance)`,
    );
  }
  const projection = fields.text("feed_forward_proj", "relu");
  const perceptron = perceptrons.get(projection);
  if (!perceptron) throw fields.unsupported("feed_forward_proj", projection, [...perceptrons.keys()]);
  const tiedHead = fields.flag("tie_word_embeddings", true);
  const padId = fields.tokenId("pad_token_id", vocabularySize) ?? 0;
  return {
    family: "t5",
    vocabularySize,
    width: fields.size("d_model"),
    blocks,
    decoderBlocks: isEncoder ? 0 : decoderBlocks,
    heads: fields.size("num_heads"),
    headWidth: fields.size("d_kv"),
    innerWidth: fields.size("d_ff"),
    maxLength: Math.min(fields.size("n_positions", 2 ** 24, POSITIONS), MAX_POSITIONS),
    epsilon: fields.epsilon("layer_norm_epsilon", 1e-6),
    ...perceptron,
    buckets,
    maxDistance,
    tiedHead,
    // Newer files say this by itself; in older ones a head of its own tells version 1.1.
    scalesHead: fields.flag("scale_decoder_outputs", tiedHead),
    decoderStart: fields.tokenId("decoder_start_token_id", vocabularySize, { isNeeded: true }) ?? padId,
    padId,
    endOfTextId: fields.tokenId("eos_token_id", vocabularySize),
  };
}
