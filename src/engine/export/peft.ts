import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import type { ByName, ChosenAdapter } from "../methods/adapters/adapter.ts";
import type { PeftForm, PeftTensor } from "../methods/adapters/peftForm.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { ParameterLayer } from "./layerParameters.ts";
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

export interface PeftFiles {
  readonly "adapter_config.json": string;
  readonly "adapter_model.safetensors": ArrayBuffer;
}

/**
 * Pairs in the layout of Hugging Face's PEFT for LoRA: `lora_A.weight` [r, in] and `lora_B.weight` [out, r]. All scale is
 * in B and lora_alpha equals r, so that PEFT's own scaling α / r is 1; where layers differ in rank, patterns say so layer
 * by layer. `init_lora_weights` is true however the
 * factors started: what they came to is taken off already, and PEFT, told of such a start, would take it off the base again.
 *
 * @throws CheckpointError when a pair does not fill its shape.
 */
export function peftFiles(pairs: readonly UpdatePair[], options: PeftOptions): PeftFiles {
  const rank = Math.max(1, ...pairs.map((pair) => pair.rank));
  const unusual = Object.fromEntries(
    pairs.filter((pair) => pair.rank !== rank).map((pair) => [moduleIn(options, pair.layer), pair.rank]),
  );
  const config = {
    ...{ peft_type: "LORA", r: rank, lora_alpha: rank, lora_dropout: 0, bias: "none", use_rslora: false },
    ...{ use_dora: false, init_lora_weights: true, rank_pattern: unusual, alpha_pattern: unusual },
  };
  const layers = pairs.map(({ layer, rank: own, A, B }) => ({
    layer,
    tensors: {
      "lora_A.weight": { shape: [own, layer.inFeatures], values: A },
      "lora_B.weight": { shape: [layer.outFeatures, own], values: B },
    },
  }));
  return filesOf(layers, { config, tensors: {} }, options);
}

/** An adapter in PEFT's own form of it: its `adapter_config.json`, and tensors as PEFT calls them. */
export function formFiles(
  form: PeftForm,
  settings: ChosenAdapter["settings"],
  given: readonly ParameterLayer[],
  options: PeftOptions,
): PeftFiles {
  const gathered = form.gathered?.(given, settings) ?? { config: {}, tensors: {}, layers: given };
  const layers = gathered.layers.map(({ layer, values }) => ({
    layer,
    tensors: Object.fromEntries(Object.entries(form.tensors).map(([own, theirs]) => [theirs, values[own]!])),
  }));
  const config = { ...form.kind, ...form.config(settings), ...gathered.config };
  return filesOf(layers, { config, tensors: gathered.tensors }, options);
}

/** A layer with its tensors, by what follows the module's name. */
interface NamedLayer {
  readonly layer: LinearLayer;
  readonly tensors: ByName<PeftTensor>;
}

/** @param own what the kind of adapter says in its config, and has in its file once. */
function filesOf(
  layers: readonly NamedLayer[],
  own: { readonly config: object; readonly tensors: ByName<PeftTensor> },
  options: PeftOptions,
): PeftFiles {
  const { python, base, revision, metadata } = options;
  const config = {
    ...own.config,
    task_type: python.taskType,
    base_model_name_or_path: base,
    revision: revision ?? null,
    target_modules: layers.map(({ layer }) => moduleIn(options, layer)),
    ...(layers.some(({ layer }) => layer.storedInByOut) && { fan_in_fan_out: true }),
    inference_mode: true,
    modules_to_save: null,
  };
  const tensors = new Map<string, PeftTensor>(Object.entries(own.tensors));
  for (const { layer, tensors: parts } of layers)
    for (const [part, tensor] of Object.entries(parts))
      tensors.set(`base_model.model.${moduleIn(options, layer)}.${part}`, tensor);
  return {
    "adapter_config.json": `${JSON.stringify(config, undefined, 2)}\n`,
    "adapter_model.safetensors": writeSafetensors(tensors, { format: "pt", ...metadata }),
  };
}

function moduleIn({ python }: PeftOptions, { weight }: LinearLayer): string {
  return python.prefix + moduleOf(weight);
}

/** The module that a weight belongs to: "h.0.attn.c_attn" of "h.0.attn.c_attn.weight". */
export function moduleOf(weight: string): string {
  return weight.replace(/\.weight$/, "");
}
