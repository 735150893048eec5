import { describe, expect, test } from "vitest";
import { parseAdapterConfig } from "./adapterConfig.ts";

/** What PEFT 0.21 writes, all of it. */
const written = {
  ...{ alora_invocation_tokens: null, alpha_pattern: {}, arrow_config: null, auto_mapping: null },
  ...{ base_model_name_or_path: "roneneldan/TinyStories", bias: "none", corda_config: null },
  ...{ ensure_weight_tying: false, eva_config: null, exclude_modules: null, fan_in_fan_out: false },
  ...{ inference_mode: true, init_lora_weights: true, kasa_config: null, layer_replication: null },
  ...{ layers_pattern: null, layers_to_transform: null, loftq_config: {}, lora_alpha: 16, lora_bias: false },
  ...{ lora_dropout: 0.05, lora_ga_config: null, megatron_config: null, megatron_core: "megatron.core" },
  ...{ modules_to_save: null, monteclora_config: null, peft_type: "LORA", peft_version: "0.21.2" },
  ...{ qalora_group_size: 16, r: 8, rank_pattern: { "model.layers.0.self_attn.q_proj": 4 }, revision: null },
  ...{ target_modules: ["v_proj", "q_proj"], target_parameters: null, task_type: "CAUSAL_LM" },
  ...{ trainable_token_indices: null, use_bdlora: null, use_dora: false, use_qalora: false, use_rslora: false },
  velora_config: null,
};

const parse = (changes: object = {}) => parseAdapterConfig(JSON.stringify({ ...written, ...changes }));

test("what PEFT writes is read", () => {
  expect(parse()).toEqual({
    baseModel: "roneneldan/TinyStories",
    taskType: "CAUSAL_LM",
    rank: 8,
    alpha: 16,
    dropout: 0.05,
    targets: ["v_proj", "q_proj"],
    ranks: new Map([["model.layers.0.self_attn.q_proj", 4]]),
    alphas: new Map(),
    scalesByRoot: false,
    fanInFanOut: false,
    savedModules: [],
  });
});

test("the least that says what it is has PEFT's defaults", () => {
  const least = { peft_type: "LORA", r: 4, lora_alpha: 0.5, target_modules: "all-linear" };
  expect(parseAdapterConfig(JSON.stringify(least))).toMatchObject({ alpha: 0.5, dropout: 0, targets: "all-linear" });
});

test("names in full, one name as a text, and other settings of the scale", () => {
  expect(parse({ target_modules: ["bert.encoder.layer.0.attention.self.query"] }).targets).toHaveLength(1);
  expect(parse({ target_modules: "c_attn" }).targets).toEqual(["c_attn"]);
  expect(parse({ use_rslora: true, modules_to_save: ["classifier"] })).toMatchObject({
    scalesByRoot: true,
    savedModules: ["classifier"],
  });
});

describe("refuses", () => {
  const refused: Record<string, [changes: object, code: string]> = {
    "a rank of 0": [{ r: 0 }, "adapter-bad-rank"],
    "a fraction of a rank": [{ r: 1.5 }, "adapter-bad-rank"],
    "no rank": [{ r: undefined }, "adapter-bad-rank"],
    "a rank as a text": [{ r: "8" }, "adapter-bad-rank"],
    "a rank over 1024": [{ r: 1025 }, "adapter-too-large"],
    "a rank over 1024 of one module": [{ rank_pattern: { q_proj: 5000 } }, "adapter-too-large"],
    "an alpha as a text": [{ lora_alpha: "16" }, "adapter-bad-alpha"],
    "no alpha": [{ lora_alpha: null }, "adapter-bad-alpha"],
    "an alpha of 0 of one module": [{ alpha_pattern: { q_proj: 0 } }, "adapter-bad-alpha"],
    "a dropout of 1": [{ lora_dropout: 1 }, "adapter-bad-dropout"],
    "no targets": [{ target_modules: [] }, "adapter-bad-targets"],
    "unknown targets": [{ target_modules: ["no_such_proj"] }, "adapter-bad-targets"],
    "a target that only an object knows": [{ target_modules: ["constructor"] }, "adapter-bad-targets"],
    "a pattern for a target": [{ target_modules: ".*\\.(q|v)_proj" }, "adapter-bad-targets"],
    "a pattern that never ends": [{ target_modules: "^(([a-z])+.)+[A-Z]([a-z])+$" }, "adapter-bad-targets"],
    "a pattern for a rank": [{ rank_pattern: { "(a+)+$": 4 } }, "adapter-bad-targets"],
    "another method": [{ peft_type: "IA3" }, "adapter-unsupported"],
    "no method": [{ peft_type: undefined }, "adapter-unsupported"],
    "weight decomposition": [{ use_dora: true }, "adapter-unsupported"],
    "trained biases": [{ bias: "all" }, "adapter-unsupported"],
    "a start that changed the base": [{ init_lora_weights: "pissa" }, "adapter-unsupported"],
    "layers by number": [{ layers_to_transform: [0] }, "adapter-unsupported"],
    "a base that is no text": [{ base_model_name_or_path: 7 }, "config-wrong-type"],
  };
  for (const [what, [changes, code]] of Object.entries(refused)) {
    test(what, () => expect(() => parse(changes)).toThrow(expect.objectContaining({ code })));
  }

  test("an alpha that is no finite number", () => {
    const text = JSON.stringify(written).replace('"lora_alpha":16', '"lora_alpha":1e400');
    expect(() => parseAdapterConfig(text)).toThrow(expect.objectContaining({ code: "adapter-bad-alpha" }));
  });

  test("what is no JSON, by the name of the file", () => {
    expect(() => parseAdapterConfig("<html>")).toThrow("adapter_config.json is not valid JSON");
  });
});
