import { describe, expect, test } from "vitest";
import { parseConfig } from "../config.ts";

const small = {
  model_type: "t5",
  architectures: ["T5ForConditionalGeneration"],
  vocab_size: 32128,
  d_model: 512,
  d_kv: 64,
  d_ff: 2048,
  num_layers: 6,
  num_heads: 8,
};
const parse = (change: object) => parseConfig(JSON.stringify({ ...small, ...change }));

describe("T5's config.json", () => {
  test("what version 1.0 leaves out has the values that it has elsewhere", () => {
    expect(parse({})).toEqual({
      family: "t5",
      vocabularySize: 32128,
      width: 512,
      blocks: 6,
      decoderBlocks: 6,
      heads: 8,
      headWidth: 64,
      innerWidth: 2048,
      maxLength: 512,
      epsilon: 1e-6,
      activation: "relu",
      isGated: false,
      buckets: 32,
      maxDistance: 128,
      tiedHead: true,
      scalesHead: true,
      decoderStart: 0,
      padId: 0,
      endOfTextId: undefined,
    });
  });

  test("version 1.1 has a gate, an output layer of its own and no scale before it", () => {
    const config = {
      feed_forward_proj: "gated-gelu",
      tie_word_embeddings: false,
      num_decoder_layers: 8,
      num_heads: 6,
      eos_token_id: 1,
    };
    expect(parse(config)).toMatchObject({
      activation: "gelu-tanh",
      isGated: true,
      tiedHead: false,
      scalesHead: false,
      blocks: 6,
      decoderBlocks: 8,
      // 6 · 64 is not the width, and need not be.
      heads: 6,
      headWidth: 64,
      endOfTextId: 1,
    });
  });

  test("the scale before the output layer is by itself in files of transformers 5", () => {
    expect(parse({ tie_word_embeddings: true, scale_decoder_outputs: false })).toMatchObject({
      tiedHead: true,
      scalesHead: false,
    });
  });

  test("a checkpoint may be an encoder alone", () => {
    expect(parse({ architectures: ["T5EncoderModel"] })).toMatchObject({ blocks: 6, decoderBlocks: 0 });
  });

  test.each([
    [{ feed_forward_proj: "gated-silu" }, "config-unsupported", 'feed_forward_proj "gated-silu" is not supported'],
    [{ relative_attention_num_buckets: 2 }, "config-inconsistent", "2 buckets (relative_attention_num_buckets)"],
    [{ relative_attention_max_distance: 16 }, "config-inconsistent", "cannot divide distances up to 16"],
    [{ num_layers: 0 }, "config-out-of-range", "num_layers must be a whole number from 1"],
    [{ d_kv: undefined }, "config-missing-key", "d_kv is missing"],
    [{ architectures: ["UMT5EncoderModel"] }, "config-unsupported", 'architectures "UMT5EncoderModel"'],
    [{ decoder_start_token_id: 32128 }, "config-inconsistent", "decoder_start_token_id is 32128"],
  ])("%j is refused", (change, code, message) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});
