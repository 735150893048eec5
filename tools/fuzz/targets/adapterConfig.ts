import { parseAdapterConfig } from "../../../src/engine/checkpoint/adapterConfig.ts";
import { ModulePattern } from "../../../src/engine/checkpoint/modulePattern.ts";
import { readsKind } from "../../../src/engine/export/peftEntries.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

const written = {
  ...{ peft_type: "LORA", task_type: "CAUSAL_LM", base_model_name_or_path: "tiny", r: 8, lora_alpha: 16 },
  ...{ lora_dropout: 0.05, target_modules: ["q_proj", "v_proj"], bias: "none", use_dora: false, use_rslora: false },
  ...{ fan_in_fan_out: false, modules_to_save: null, rank_pattern: { "layers.0.q_proj": 4 }, alpha_pattern: {} },
  ...{ init_lora_weights: true, layers_to_transform: null, loftq_config: {}, inference_mode: true },
};
const seeds = [
  written,
  { ...written, target_modules: "all-linear" },
  { ...written, target_modules: ".*?(?:attn|mlp).*?(?:[qkv]_proj|up_proj)$", alpha_pattern: { "(a+)+b": 2 } },
  { peft_type: "LORA", r: 1, lora_alpha: 1, target_modules: ["c_attn"] },
  { ...written, use_dora: true },
  { peft_type: "HIRA", r: 4, hira_dropout: 0.1, target_modules: ["query"], init_weights: true, rank_pattern: {} },
  { peft_type: "MISS", r: 4, miss_dropout: 0, mini_r: 1, target_modules: ["dense"], init_weights: true },
];
const modules = ["model.layers.0.self_attn.q_proj", "a".repeat(200)];
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const target: Target = {
  file: "adapter_config.json",

  input(random) {
    const bytes = encoder.encode(damagedJson(random.of(seeds), random));
    return random.once(8) ? damaged(bytes, random) : bytes;
  },

  run(bytes) {
    const config = parseAdapterConfig(decoder.decode(bytes), "adapter_config.json", readsKind);
    const ranks = [config.rank, ...config.ranks.values()];
    if (!ranks.every((rank) => Number.isInteger(rank) && rank >= 1 && rank <= 1024))
      throw new TypeError(`a rank of ${ranks}`);
    const alphas = [config.alpha ?? 1, ...config.alphas.values()];
    if ((config.alpha === undefined) === (config.kind.peft_type === "LORA"))
      throw new TypeError("an alpha of another kind");
    if (!alphas.every((alpha) => alpha > 0 && Number.isFinite(alpha))) throw new TypeError(`an alpha of ${alphas}`);
    if (!(config.dropout >= 0 && config.dropout < 1)) throw new TypeError(`a dropout of ${config.dropout}`);
    for (const pattern of [config.targets, ...config.ranks.keys(), ...config.alphas.keys()]) {
      if (typeof pattern !== "string") continue;
      for (const module of modules) ModulePattern.read(`(.*\\.)?(${pattern})$`)?.matches(module);
    }
    return config;
  },
};
