import { describe, expect, test } from "vitest";
import { type AdapterKind, parseAdapterConfig, type ReadsKind } from "./adapterConfig.ts";

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
    kind: { peft_type: "LORA", use_dora: false },
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
    excluded: [],
    blocks: [],
    biases: "none",
  });
});

test("the least that says what it is has PEFT's defaults", () => {
  const least = { peft_type: "LORA", r: 4, lora_alpha: 0.5, target_modules: "all-linear" };
  expect(parseAdapterConfig(JSON.stringify(least))).toMatchObject({ alpha: 0.5, dropout: 0, targets: "all-linear" });
});

test("names in full, patterns as they stand, and other settings of the scale", () => {
  expect(parse({ target_modules: ["bert.encoder.layer.0.attention.self.query"] }).targets).toHaveLength(1);
  expect(parse({ target_modules: ".*\\.(q|v)_proj" }).targets).toBe(".*\\.(q|v)_proj");
  expect(parse({ target_modules: ["q_proj", "no_such_proj"] }).targets).toEqual(["q_proj", "no_such_proj"]);
  expect(parse({ rank_pattern: { "(a+)+$": 4 } }).ranks).toEqual(new Map([["(a+)+$", 4]]));
  expect(parse({ exclude_modules: ["x"], layers_to_transform: 3, bias: "all", lora_bias: true })).toMatchObject({
    excluded: ["x"],
    blocks: [3],
    biases: "all",
  });
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
    "another method": [{ peft_type: "IA3" }, "adapter-unsupported"],
    "no method": [{ peft_type: undefined }, "adapter-unsupported"],
    "weight decomposition": [{ use_dora: true }, "adapter-unsupported"],
    "a start that changed the base": [{ init_lora_weights: "pissa" }, "adapter-unsupported"],
    "targets that are no texts": [{ target_modules: [7] }, "adapter-bad-targets"],
    "a bias that PEFT does not have": [{ bias: "some" }, "config-wrong-type"],
    "a layer that is no number": [{ layers_to_transform: ["first"] }, "config-wrong-type"],
    "a start that nobody knows": [{ init_lora_weights: "no_such_start" }, "adapter-unsupported"],
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

test.each([
  ["weight decomposition", { use_dora: true }, "DoRA", "merge_and_unload"],
  ["LoHa", { peft_type: "LOHA" }, "LoHa", "merge_and_unload"],
  ["LoKr", { peft_type: "LOKR" }, "LoKr", "merge_and_unload"],
  ["AdaLoRA", { peft_type: "ADALORA" }, "AdaLoRA", "merge_and_unload"],
  ["prompt tuning", { peft_type: "PROMPT_TUNING" }, "prompt tuning", "neither be loaded nor merged"],
  ["X-LoRA", { peft_type: "XLORA" }, "X-LoRA", "neither be loaded nor merged"],
  ["activated LoRA", { alora_invocation_tokens: [1] }, "activated LoRA", "neither be loaded nor merged"],
  ["PiSSA", { init_lora_weights: "pissa" }, "PiSSA", "path_initial_model_for_weight_conversion"],
  [
    "PiSSA by another way",
    { init_lora_weights: "pissa_niter_16" },
    "PiSSA",
    "path_initial_model_for_weight_conversion",
  ],
  ["OLoRA", { init_lora_weights: "olora" }, "OLoRA", "path_initial_model_for_weight_conversion"],
  ["CorDA", { init_lora_weights: "corda" }, "CorDA", "path_initial_model_for_weight_conversion"],
  ["LoftQ", { init_lora_weights: "loftq" }, "LoftQ", "merge_and_unload"],
])("%s is refused by its name, with what to do", (_, changes, name, advice) => {
  expect(() => parse(changes)).toThrow(
    expect.objectContaining({
      code: "adapter-unsupported",
      message: expect.stringContaining(name),
      hint: expect.stringContaining(advice),
    }),
  );
});

test("the Python of a hint loads the class of the adapter's task", () => {
  for (const [taskType, loads] of [
    ["CAUSAL_LM", "AutoModelForCausalLM.from"],
    ["SEQ_CLS", "AutoModelForSequenceClassification.from"],
    [undefined, "AutoModel.from"],
  ]) {
    expect(() => parse({ use_dora: true, task_type: taskType })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(loads!) }),
    );
  }
});

test.each(["eva", "gaussian", "orthogonal", "mica", true, false])("the start %s leaves the base as it is", (start) => {
  expect(parse({ init_lora_weights: start, eva_config: { rho: 2 } }).rank).toBe(8);
});

describe("of other kinds than LoRA", () => {
  const miss = { peft_type: "MISS", r: 4, miss_dropout: 0.25, target_modules: ["query"], init_weights: true };
  const read = (changes: object, reads: ReadsKind = () => true) =>
    parseAdapterConfig(JSON.stringify({ ...miss, ...changes }), "adapter_config.json", reads);

  test("there is no α, and dropout has the kind's name", () => {
    const kind = { peft_type: "MISS", use_dora: false };
    expect(read({})).toMatchObject({ kind, rank: 4, alpha: undefined, dropout: 0.25 });
    expect(() => read({ miss_dropout: 1 })).toThrow("miss_dropout must be");
  });

  test("those without a reader are refused by name, and why where that is known", () => {
    expect(() => read({}, () => false)).toThrow("the adapter is MiSS, which is not read");
    expect(() => read({}, () => "its blocks are of stone")).toThrow("the adapter is MiSS, its blocks are of stone");
    const asked: AdapterKind[] = [];
    const dora = { peft_type: "LORA", lora_alpha: 4, use_dora: true };
    expect(() => read(dora, (kind) => asked.push(kind) > 1)).toThrow("the adapter is DoRA, which is not read");
    expect(asked).toEqual([{ peft_type: "LORA", use_dora: true }]);
  });

  test.each([
    ["bat", "Bat"],
    ["mini", "MiSS with blocks that repeat"],
  ])("the start %s of MiSS is another function", (init_weights, name) => {
    expect(() => read({ init_weights })).toThrow(`init_weights makes it ${name}`);
  });
});
