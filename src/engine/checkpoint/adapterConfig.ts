import { readFields } from "./config/fields.ts";
import { type RefusalCode, RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonNumber, plainInteger } from "./strictJson.ts";

/** What PEFT writes beside the weights of a LoRA adapter (its `LoraConfig`), as far as it changes what they mean. */
export interface AdapterConfig {
  /** What the adapter was trained on, to be shown; nothing is fetched from there. */
  readonly baseModel: string | undefined;
  readonly taskType: string | undefined;
  readonly rank: number;
  readonly alpha: number;
  /** During training, on the input of the adapted layers. */
  readonly dropout: number;
  /** Names or ends of names of the adapted modules, or all dense layers but the head. */
  readonly targets: readonly string[] | "all-linear";
  /** Ranks and alphas of modules that differ from the rest, by the ends of their names. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly alphas: ReadonlyMap<string, number>;
  /** The update is scaled by alpha / √rank instead of alpha / rank (Kalajdzievski, 2023, arXiv 2312.03732). */
  readonly scalesByRoot: boolean;
  /** The base stores its matrices as [in, out], as GPT-2 does. */
  readonly fanInFanOut: boolean;
  /** Modules that were trained in full and are saved whole. */
  readonly savedModules: readonly string[];
}

const MAX_RANK = 1024;

/** Last parts of the names of dense layers, in all families. */
const knownTargets: ReadonlySet<string> = new Set([
  ...["query", "key", "value", "dense"],
  ...["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"],
  ...["c_attn", "c_proj", "c_fc"],
  ...["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  ...["q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo"],
  ...["pre_classifier", "classifier", "score", "lm_head"],
]);

/** Settings that change what the weights mean in a way that is not had here, where they are anything but these. */
const harmless: ReadonlyMap<string, readonly Json[]> = new Map<string, readonly Json[]>([
  ["use_dora", [false]],
  ["lora_bias", [false]],
  ["use_qalora", [false]],
  ["use_bdlora", [false]],
  ["bias", ["none"]],
  // Other starts (PiSSA, OLoRA, LoftQ) change the base as well.
  ["init_lora_weights", [true, false, "gaussian", "orthogonal", "eva"]],
  ["layers_to_transform", []],
  ["layers_pattern", []],
  ["layer_replication", []],
  ["exclude_modules", []],
  ["target_parameters", []],
  ["trainable_token_indices", []],
  ["alora_invocation_tokens", []],
  ["megatron_config", []],
  ["arrow_config", []],
  ["loftq_config", []],
  ["corda_config", []],
  ["lora_ga_config", []],
  ["kasa_config", []],
  ["velora_config", []],
  ["monteclora_config", []],
]);

/**
 * Reads an adapter_config.json. Names of modules are taken as they are written, never as patterns, which PEFT would.
 *
 * @throws RefusedFileError
 */
export function parseAdapterConfig(text: string, file = "adapter_config.json"): AdapterConfig {
  const refuse: Refuse = (code, what, hint) => new RefusedFileError(code, `${file}: ${what}`, hint);
  const fields = new Map(readFields(text, file).entries());
  const value = (key: string): Json | undefined => fields.get(key) ?? undefined;

  const type = value("peft_type");
  if (type !== "LORA") {
    throw refuse("adapter-unsupported", `peft_type ${quoted(type)} is not supported`, "Supported: LORA.");
  }
  for (const [key, supported] of harmless) {
    const given = value(key);
    const isNothing = given === undefined || isEmpty(given) || supported.includes(given);
    if (!isNothing) throw refuse("adapter-unsupported", `${key} ${quoted(given)} is not supported`);
  }
  const optionalText = (key: string) => {
    const given = value(key);
    if (given !== undefined && typeof given !== "string") throw refuse("config-wrong-type", `${key} must be a text`);
    return given;
  };
  const flag = (key: string) => {
    const given = value(key) ?? false;
    if (typeof given !== "boolean") throw refuse("config-wrong-type", `${key} must be true or false`);
    return given;
  };
  return {
    baseModel: optionalText("base_model_name_or_path"),
    taskType: optionalText("task_type"),
    rank: rankOf(value("r"), "r", refuse),
    alpha: alphaOf(value("lora_alpha"), "lora_alpha", refuse),
    dropout: dropoutOf(value("lora_dropout"), refuse),
    targets: targetsOf(value("target_modules"), refuse),
    ranks: pattern(value("rank_pattern"), "rank_pattern", rankOf, refuse),
    alphas: pattern(value("alpha_pattern"), "alpha_pattern", alphaOf, refuse),
    scalesByRoot: flag("use_rslora"),
    fanInFanOut: flag("fan_in_fan_out"),
    savedModules: savedModules(value("modules_to_save"), refuse),
  };
}

type Refuse = (code: RefusalCode, what: string, hint?: string) => RefusedFileError;

function rankOf(value: Json | undefined, key: string, refuse: Refuse): number {
  const rank = plainInteger(value);
  if (rank === undefined || rank < 1) {
    throw refuse("adapter-bad-rank", `${key} must be a whole number from 1 to ${MAX_RANK}, not ${quoted(value)}`);
  }
  if (rank > MAX_RANK) throw refuse("adapter-too-large", `${key} is ${rank}; the largest rank is ${MAX_RANK}`);
  return rank;
}

function alphaOf(value: Json | undefined, key: string, refuse: Refuse): number {
  const alpha = value instanceof JsonNumber ? Number(value.text) : Number.NaN;
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw refuse("adapter-bad-alpha", `${key} must be a finite number above 0, not ${quoted(value)}`);
  }
  return alpha;
}

function dropoutOf(value: Json | undefined, refuse: Refuse): number {
  if (value === undefined) return 0;
  const dropout = value instanceof JsonNumber ? Number(value.text) : Number.NaN;
  if (!(dropout >= 0 && dropout < 1)) {
    throw refuse("adapter-bad-dropout", `lora_dropout must be a number from 0 to less than 1, not ${quoted(value)}`);
  }
  return dropout;
}

function targetsOf(value: Json | undefined, refuse: Refuse): readonly string[] | "all-linear" {
  if (value === "all-linear") return value;
  const given: readonly Json[] = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
  if (given.length === 0) throw refuse("adapter-bad-targets", "target_modules must be a list of module names");
  const targets = given.map((target) => moduleName(target, "target_modules", refuse));
  for (const target of targets) {
    if (knownTargets.has(target.split(".").at(-1)!)) continue;
    throw refuse(
      "adapter-bad-targets",
      `target_modules names ${shown(target)}, which is no dense layer of a supported model`,
    );
  }
  return targets;
}

/** Numbers of single modules. Keys that PEFT writes are names in full. */
function pattern(
  value: Json | undefined,
  key: string,
  numberOf: (value: Json | undefined, key: string, refuse: Refuse) => number,
  refuse: Refuse,
): ReadonlyMap<string, number> {
  if (value === undefined) return new Map();
  if (!(value instanceof Map)) throw refuse("config-wrong-type", `${key} must be numbers by module name`);
  const entries = [...(value as ReadonlyMap<string, Json>)];
  return new Map(
    entries.map(([name, number]) => [moduleName(name, key, refuse), numberOf(number, `${key}.${shown(name)}`, refuse)]),
  );
}

function savedModules(value: Json | undefined, refuse: Refuse): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refuse("adapter-bad-targets", "modules_to_save must be a list of module names");
  return value.map((name: Json) => moduleName(name, "modules_to_save", refuse));
}

/** A name in dots; anything with a meaning in regular expressions beside the dot is none. */
function moduleName(value: Json, key: string, refuse: Refuse): string {
  if (typeof value === "string" && value.length <= 200 && /^\w+(\.\w+)*$/.test(value)) return value;
  throw refuse("adapter-bad-targets", `${key} has ${quoted(value)}, which is no module name; patterns are not read`);
}

function isEmpty(value: Json): boolean {
  return value instanceof Map ? value.size === 0 : Array.isArray(value) && value.length === 0;
}

function quoted(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof JsonNumber) return shown(value.text);
  return typeof value === "object" && value !== null ? "a list or an object" : shown(JSON.stringify(value));
}
