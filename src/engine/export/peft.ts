import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import type { UpdatePair } from "./updates.ts";

/** How Python finds the layers of a model: the class to load it with, and what stands before their names there. */
export interface PythonModel {
  readonly autoClass: "AutoModel" | "AutoModelForCausalLM" | "AutoModelForSeq2SeqLM";
  readonly taskType: "FEATURE_EXTRACTION" | "CAUSAL_LM" | "SEQ_2_SEQ_LM";
  /** Such as "transformer."; empty where the class has the layers at its top. */
  readonly prefix: string;
}

export interface PeftOptions {
  readonly python: PythonModel;
  /** What `base_model_name_or_path` says; shown and never fetched by this program. */
  readonly base: string;
  readonly revision?: string;
  /** Texts to keep with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * An adapter in the layout of Hugging Face's PEFT: `adapter_config.json` and `adapter_model.safetensors` with
 * `lora_A.weight` [r, in] and `lora_B.weight` [out, r]. All scale is in B and lora_alpha equals r, so that PEFT's own
 * scaling α / r is 1; where layers differ in rank, patterns say so layer by layer. `init_lora_weights` is true however the
 * factors started: what they came to is taken off already, and PEFT, told of such a start, would take it off the base again.
 *
 * @throws CheckpointError when a pair does not fill its shape.
 */
export function peftFiles(
  pairs: readonly UpdatePair[],
  options: PeftOptions,
): { "adapter_config.json": string; "adapter_model.safetensors": ArrayBuffer } {
  const { python, base, revision, metadata } = options;
  const named = pairs.map((pair) => ({ ...pair, module: python.prefix + moduleOf(pair.layer.weight) }));
  const rank = Math.max(1, ...named.map((pair) => pair.rank));
  const unusual = Object.fromEntries(
    named.filter((pair) => pair.rank !== rank).map((pair) => [pair.module, pair.rank]),
  );
  const config = {
    peft_type: "LORA",
    task_type: python.taskType,
    base_model_name_or_path: base,
    revision: revision ?? null,
    r: rank,
    lora_alpha: rank,
    lora_dropout: 0,
    target_modules: named.map(({ module }) => module),
    bias: "none",
    fan_in_fan_out: named.some(({ layer }) => layer.storedInByOut),
    use_rslora: false,
    use_dora: false,
    init_lora_weights: true,
    inference_mode: true,
    modules_to_save: null,
    rank_pattern: unusual,
    alpha_pattern: unusual,
  };
  const tensors = new Map(
    named.flatMap(({ module, layer, rank: own, A, B }) => [
      [`base_model.model.${module}.lora_A.weight`, { shape: [own, layer.inFeatures], values: A }] as const,
      [`base_model.model.${module}.lora_B.weight`, { shape: [layer.outFeatures, own], values: B }] as const,
    ]),
  );
  return {
    "adapter_config.json": `${JSON.stringify(config, undefined, 2)}\n`,
    "adapter_model.safetensors": writeSafetensors(tensors, { format: "pt", ...metadata }),
  };
}

/** The module that a weight belongs to: "h.0.attn.c_attn" of "h.0.attn.c_attn.weight". */
export function moduleOf(weight: string): string {
  return weight.replace(/\.weight$/, "");
}
