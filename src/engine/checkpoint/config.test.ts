import { describe, expect, test } from "vitest";
import { type LlamaConfig, parseConfig } from "./config.ts";

const bert = {
  model_type: "bert",
  vocab_size: 100,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 48,
};
const gpt2 = { model_type: "gpt2", vocab_size: 50, n_embd: 24, n_layer: 3, n_head: 3, n_positions: 16 };

const llama = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  vocab_size: 80,
  hidden_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  intermediate_size: 40,
  max_position_embeddings: 64,
};

const parse = (value: object) => parseConfig(JSON.stringify(value));

describe("config.json", () => {
  test("what BERT's config leaves out has the values that it has elsewhere", () => {
    expect(parse(bert)).toEqual({
      family: "bert",
      vocabularySize: 100,
      width: 32,
      blocks: 2,
      heads: 4,
      innerWidth: 64,
      maxLength: 48,
      segmentTypes: 2,
      firstPosition: 0,
      activation: "gelu",
      epsilon: 1e-12,
      padId: 0,
    });
  });

  test("GPT-2's inner width is four times its width unless it says otherwise", () => {
    expect(parse({ ...gpt2, n_inner: null })).toMatchObject({
      innerWidth: 96,
      activation: "gelu-tanh",
      tiedHead: true,
      epsilon: 1e-5,
    });
    expect(parse({ ...gpt2, n_inner: 40, tie_word_embeddings: false })).toMatchObject({
      innerWidth: 40,
      tiedHead: false,
    });
  });

  test("RoBERTa's positions start after the padding token's id, which leaves fewer for tokens", () => {
    const roberta = { ...bert, model_type: "roberta", type_vocab_size: 1 };
    expect(parse(roberta)).toMatchObject({
      family: "roberta",
      padId: 1,
      firstPosition: 2,
      maxLength: 46,
      segmentTypes: 1,
    });
    expect(parse({ ...roberta, pad_token_id: 4 })).toMatchObject({ padId: 4, firstPosition: 5, maxLength: 43 });
  });

  test("DistilBERT has keys of its own, no segments and a fixed epsilon", () => {
    const distilbert = {
      model_type: "distilbert",
      vocab_size: 100,
      dim: 32,
      n_layers: 2,
      n_heads: 4,
      hidden_dim: 64,
      max_position_embeddings: 48,
      sinusoidal_pos_embds: true,
    };
    expect(parse(distilbert)).toEqual({
      family: "distilbert",
      vocabularySize: 100,
      width: 32,
      blocks: 2,
      heads: 4,
      innerWidth: 64,
      maxLength: 48,
      segmentTypes: 0,
      firstPosition: 0,
      activation: "gelu",
      epsilon: 1e-12,
      padId: 0,
    });
  });

  test("what Llama's config leaves out has the values that it has elsewhere", () => {
    const { num_key_value_heads: _, ...plain } = llama;
    expect(parse(plain)).toEqual({
      family: "llama",
      vocabularySize: 80,
      width: 48,
      blocks: 2,
      heads: 6,
      keyValueHeads: 6,
      headWidth: 8,
      innerWidth: 40,
      maxLength: 64,
      theta: 10_000,
      epsilon: 1e-6,
      biases: { queryKeyValue: false, output: false, mlp: false },
      tiedHead: false,
      endOfTextId: undefined,
    });
  });

  test("biases are where the model type and its switches put them", () => {
    const biases = (changes: object) => (parse({ ...llama, architectures: null, ...changes }) as LlamaConfig).biases;
    expect(biases({ attention_bias: true })).toEqual({ queryKeyValue: true, output: true, mlp: false });
    expect(biases({ mlp_bias: true })).toEqual({ queryKeyValue: false, output: false, mlp: true });
    expect(biases({ model_type: "qwen2" })).toEqual({ queryKeyValue: true, output: false, mlp: false });
    expect(biases({ model_type: "mistral" })).toEqual({ queryKeyValue: false, output: false, mlp: false });
  });

  test("heads may be wider than their share of the width, and the base of rotary positions may stand in two places", () => {
    expect(parse({ ...llama, head_dim: 12 })).toMatchObject({ headWidth: 12 });
    expect(parse({ ...llama, rope_theta: 500_000, rope_scaling: { type: "default" } })).toMatchObject({
      theta: 500_000,
    });
    expect(parse({ ...llama, rope_parameters: { rope_type: "default", rope_theta: 300 } })).toMatchObject({
      theta: 300,
    });
  });

  test("no sequence is longer than a sliding window, within which it changes nothing", () => {
    const long = { ...llama, architectures: [], max_position_embeddings: 131_072 };
    expect(parse(long)).toMatchObject({ maxLength: 4096 });
    expect(parse({ ...long, model_type: "mistral", sliding_window: 32 })).toMatchObject({ maxLength: 32 });
    expect(parse({ ...long, model_type: "qwen2", sliding_window: 32, use_sliding_window: false })).toMatchObject({
      maxLength: 4096,
    });
  });

  test("of several tokens that end a text the first counts", () => {
    expect(parse({ ...llama, eos_token_id: [7, 9] })).toMatchObject({ endOfTextId: 7 });
  });

  test("unknown keys are ignored, whatever they are called", () => {
    const text = JSON.stringify({ ...bert, auto_map: { AutoModel: "evil.py" } }).replace(
      "{",
      '{"__proto__":{"hidden_act":"silu"},',
    );
    expect(parseConfig(text)).toMatchObject({ family: "bert", activation: "gelu" });
  });

  const refused: Record<string, [value: object | string, code: string, message: string]> = {
    "what is no JSON": ["{,}", "config-not-json", "config.json is not valid JSON: unexpected , at position 1"],
    "a list": ["[]", "config-not-object", "config.json holds no JSON object"],
    "another architecture": [
      { ...bert, model_type: "mamba" },
      "config-unsupported",
      'config.json: model_type "mamba" is not supported',
    ],
    "classes of another architecture": [
      { ...llama, architectures: ["EvilForCausalLM"] },
      "config-unsupported",
      'config.json: architectures "EvilForCausalLM" is not supported',
    ],
    "classes that are no list": [
      { ...llama, architectures: "LlamaForCausalLM" },
      "config-wrong-type",
      "architectures must be a list of texts",
    ],
    "stretched rotary positions": [
      { ...llama, rope_scaling: { rope_type: "yarn", factor: 2 } },
      "config-unsupported",
      'rope_scaling.rope_type "yarn" is not supported',
    ],
    "stretched rotary positions where newer files have them": [
      { ...llama, rope_parameters: { rope_type: "linear", factor: 2, rope_theta: 10_000 } },
      "config-unsupported",
      'rope_parameters.rope_type "linear" is not supported',
    ],
    "rotary positions for a part of a head": [
      { ...llama, partial_rotary_factor: 0.5 },
      "config-unsupported",
      'partial_rotary_factor "0.5" is not supported',
    ],
    "a base of rotary positions that is 0": [
      { ...llama, rope_theta: 0 },
      "config-out-of-range",
      "rope_theta must be more than 0, not 0",
    ],
    "keys for a number of heads that does not divide the others": [
      { ...llama, num_key_value_heads: 4 },
      "config-inconsistent",
      "num_key_value_heads is 4, which does not divide the 6 heads",
    ],
    "heads of odd width": [
      { ...llama, head_dim: 7 },
      "config-inconsistent",
      "heads are 7 wide, but rotary positions turn pairs of features",
    ],
    "a window of no tokens": [
      { ...llama, sliding_window: -1 },
      "config-out-of-range",
      "sliding_window must be a whole number from 1, not -1",
    ],
    "RoBERTa without a position for tokens": [
      { ...bert, model_type: "roberta", max_position_embeddings: 2 },
      "config-inconsistent",
      "max_position_embeddings is 2, but positions start at 2, after pad_token_id",
    ],
    "an activation that we do not have": [
      { ...bert, hidden_act: "silu" },
      "config-unsupported",
      'hidden_act "silu" is not supported',
    ],
    "relative positions": [
      { ...bert, position_embedding_type: "relative_key" },
      "config-unsupported",
      'position_embedding_type "relative_key"',
    ],
    "a decoder made of BERT": [
      { ...bert, is_decoder: true },
      "config-unsupported",
      'is_decoder "true" is not supported',
    ],
    "scaling of attention by block": [
      { ...gpt2, scale_attn_by_inverse_layer_idx: true },
      "config-unsupported",
      "scale_attn_by_inverse_layer_idx",
    ],
    "a missing size": [
      { ...bert, hidden_size: undefined },
      "config-missing-key",
      "config.json: hidden_size is missing",
    ],
    "a size that is a text": [{ ...bert, hidden_size: "32" }, "config-wrong-type", "hidden_size must be a number"],
    "no blocks": [
      { ...bert, num_hidden_layers: 0 },
      "config-out-of-range",
      "num_hidden_layers must be a whole number from 1, not 0",
    ],
    "an absurd size": [{ ...bert, hidden_size: 1e9 }, "config-too-large", "hidden_size is 1000000000"],
    "heads that do not divide the width": [
      { ...bert, num_attention_heads: 5 },
      "config-inconsistent",
      "num_attention_heads is 5, which does not divide the width 32",
    ],
    "a padding token outside the vocabulary": [
      { ...bert, pad_token_id: 100 },
      "config-inconsistent",
      "pad_token_id is 100, but the vocabulary has 100 tokens",
    ],
    "an epsilon of 0": [
      { ...bert, layer_norm_eps: 0 },
      "config-out-of-range",
      "layer_norm_eps must lie between 0 and 1, not 0",
    ],
  };
  for (const [what, [value, code, message]] of Object.entries(refused)) {
    test(`refuses ${what}`, () => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      expect(() => parseConfig(text)).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(message) }),
      );
    });
  }
});

test("what is supported is listed where something is not", () => {
  expect(() => parse({ model_type: "mamba" })).toThrow(
    expect.objectContaining({
      hint: "Supported: bert, roberta, distilbert, gpt2, llama, qwen2, mistral, use-lite.",
    }),
  );
});
