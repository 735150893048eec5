import { describe, expect, test } from "vitest";
import { parseConfig } from "./config.ts";

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
      { ...bert, model_type: "llama" },
      "config-unsupported",
      'config.json: model_type "llama" is not supported',
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
