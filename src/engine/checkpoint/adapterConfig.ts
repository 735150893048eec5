import { readFields } from "./config/fields.ts";
import { mergeHint, otherKind, startThatChangesBase } from "./peftKinds.ts";
import { type RefusalCode, RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonNumber, plainInteger } from "./strictJson.ts";

/** What tells adapters of PEFT apart. */
export interface AdapterKind {
  readonly peft_type: string;
  readonly use_dora: boolean;
}

/**
 * What PEFT writes beside the weights of an adapter (its `LoraConfig` and the like), as far as it changes what they mean,
 * or says what they should be. Which layers are adapted and by what rank is in the weights themselves.
 */
export interface AdapterConfig {
  readonly kind: AdapterKind;
  /** What the adapter was trained on, to be shown; nothing is fetched from there. */
  readonly baseModel: string | undefined;
  readonly taskType: string | undefined;
  readonly rank: number;
  /** Of LoRA, which is the only kind that is scaled. */
  readonly alpha: number | undefined;
  /** During training, on the input of the adapted layers. */
  readonly dropout: number;
  /** Names or ends of names of the adapted modules; a text is a pattern, or "all-linear" but the head. */
  readonly targets: ModuleNames;
  /** Modules that `targets` means and that are left out. */
  readonly excluded: ModuleNames;
  /** Numbers of the blocks that have adapted modules; none where all have. */
  readonly blocks: readonly number[];
  /** Ranks and alphas of modules that differ from the rest, by patterns of the ends of their names; the first counts. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly alphas: ReadonlyMap<string, number>;
  /** The update is scaled by alpha / √rank instead of alpha / rank (Kalajdzievski, 2023, arXiv 2312.03732). */
  readonly scalesByRoot: boolean;
  /** The base stores its matrices as [in, out], as GPT-2 does. */
  readonly fanInFanOut: boolean;
  /** Modules that were trained in full and are saved whole. */
  readonly savedModules: readonly string[];
  /** Whether the base's own biases were trained, and are saved. */
  readonly biases: "none" | "all" | "lora_only";
}

export type ModuleNames = readonly string[] | string;

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

/** Settings by which the same matrices are another function, by what PEFT calls what they ask for. */
const otherFunctions: ReadonlyMap<string, string> = new Map([
  ["use_qalora", "QA-LoRA"],
  ["use_bdlora", "BD-LoRA"],
  ["layer_replication", "blocks that are used several times"],
  ["target_parameters", "parameters that belong to no dense layer"],
  ["trainable_token_indices", "trained tokens"],
  ["alora_invocation_tokens", "activated LoRA"],
  ["arrow_config", "Arrow"],
  ["kasa_config", "KaSA"],
  ["velora_config", "VeLoRA"],
  ["monteclora_config", "MonteCLoRA"],
]);

const dependOnText: ReadonlySet<string> = new Set(["alora_invocation_tokens", "arrow_config"]);

/** Starts of MiSS that are the beginning of another method. */
const otherStarts: ReadonlyMap<Json | undefined, string> = new Map([
  ["bat", "Bat"],
  ["mini", "MiSS with blocks that repeat along the outputs"],
]);

/** Starts that leave the base as it is; which it was no longer matters once there are matrices. */
const plainStarts: readonly Json[] = [true, false, "gaussian", "orthogonal", "eva", "mica"];

/** Whether adapters of a kind are read, or why they are not. */
export type ReadsKind = (kind: AdapterKind) => boolean | string;

/**
 * Reads an adapter_config.json.
 *
 * @param reads what kinds there are readers for; plain LoRA alone where nothing is said.
 * @throws RefusedFileError
 */
export function parseAdapterConfig(
  text: string,
  file = "adapter_config.json",
  reads: ReadsKind = ({ peft_type, use_dora }) => peft_type === "LORA" && !use_dora,
): AdapterConfig {
  const refuse: Refuse = (code, what, hint) => new RefusedFileError(code, `${file}: ${what}`, hint);
  const fields = new Map(readFields(text, file).entries());
  const value = (key: string): Json | undefined => fields.get(key) ?? undefined;
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

  const taskType = optionalText("task_type");
  const kind = { peft_type: typeOf(value, taskType, refuse), use_dora: flag("use_dora") };
  assertRead(kind, reads(kind), taskType, refuse);
  assertPlain(value, taskType, refuse);
  const isScaled = kind.peft_type === "LORA";
  return {
    kind,
    baseModel: optionalText("base_model_name_or_path"),
    taskType,
    rank: rankOf(value("r"), "r", refuse),
    alpha: isScaled ? alphaOf(value("lora_alpha"), "lora_alpha", refuse) : undefined,
    dropout: dropoutOf(value(dropoutKey(kind)), dropoutKey(kind), refuse),
    targets: targetsOf(value("target_modules"), refuse),
    excluded: modulesOf(value("exclude_modules"), "exclude_modules", refuse),
    blocks: blocksOf(value("layers_to_transform"), refuse),
    ranks: pattern(value("rank_pattern"), "rank_pattern", rankOf, refuse),
    alphas: pattern(value("alpha_pattern"), "alpha_pattern", alphaOf, refuse),
    scalesByRoot: flag("use_rslora"),
    fanInFanOut: flag("fan_in_fan_out"),
    savedModules: savedModules(value("modules_to_save"), refuse),
    biases: biasesOf(value("bias"), refuse),
  };
}

/** What dropout is called in the config of a kind. */
export function dropoutKey({ peft_type }: AdapterKind): string {
  return `${peft_type.toLowerCase()}_dropout`;
}

/** @throws RefusedFileError for a type that PEFT is not known to have. */
function typeOf(value: (key: string) => Json | undefined, taskType: string | undefined, refuse: Refuse): string {
  const type = value("peft_type");
  if (typeof type === "string" && (type === "LORA" || otherKind(type, taskType))) return type;
  throw refuse("adapter-unsupported", `peft_type ${quoted(type)} is not supported`);
}

/** @throws RefusedFileError for a kind that nobody reads, by its name. */
function assertRead(kind: AdapterKind, isRead: boolean | string, taskType: string | undefined, refuse: Refuse): void {
  if (isRead === true) return;
  const other = kind.use_dora ? { name: "DoRA", hint: mergeHint(taskType) } : otherKind(kind.peft_type, taskType)!;
  const why = isRead === false ? "which is not read" : isRead;
  throw refuse("adapter-unsupported", `the adapter is ${other.name}, ${why}`, other.hint);
}

/** @throws RefusedFileError for adapters that are another function than their kind says. */
function assertPlain(value: (key: string) => Json | undefined, taskType: string | undefined, refuse: Refuse): void {
  for (const [key, name] of otherFunctions) {
    const given = value(key);
    if (given === undefined || given === false || isEmpty(given)) continue;
    const hint = dependOnText.has(key)
      ? "What it does depends on the text, so that it can neither be loaded nor merged into a model."
      : mergeHint(taskType);
    throw refuse("adapter-unsupported", `${key} makes it ${name}, which is more than plain LoRA`, hint);
  }
  const another = otherStarts.get(value("init_weights"));
  if (another !== undefined)
    throw refuse("adapter-unsupported", `init_weights makes it ${another}`, mergeHint(taskType));
  const start = value("init_lora_weights");
  if (start === undefined || plainStarts.includes(typeof start === "string" ? start.toLowerCase() : start)) return;
  const other = typeof start === "string" ? startThatChangesBase(start, taskType) : undefined;
  if (!other) throw refuse("adapter-unsupported", `init_lora_weights ${quoted(start)} is not supported`);
  throw refuse(
    "adapter-unsupported",
    `the adapter began as ${other.name} (init_lora_weights), which changes the base's own weights too`,
    other.hint,
  );
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

function dropoutOf(value: Json | undefined, key: string, refuse: Refuse): number {
  if (value === undefined) return 0;
  const dropout = value instanceof JsonNumber ? Number(value.text) : Number.NaN;
  if (!(dropout >= 0 && dropout < 1)) {
    throw refuse("adapter-bad-dropout", `${key} must be a number from 0 to less than 1, not ${quoted(value)}`);
  }
  return dropout;
}

function targetsOf(value: Json | undefined, refuse: Refuse): ModuleNames {
  const targets = modulesOf(value, "target_modules", refuse);
  if (targets.length === 0) throw refuse("adapter-bad-targets", "target_modules must be a list of module names");
  // A text is a pattern, unless it reads as a name.
  const names = typeof targets === "string" ? (isName(targets) ? [targets] : []) : targets;
  const isKnown = (name: string) => name === "all-linear" || knownTargets.has(name.split(".").at(-1)!);
  if (names.length > 0 && !names.some(isKnown)) {
    throw refuse(
      "adapter-bad-targets",
      `target_modules names ${shown(names[0]!)}, which is no dense layer of a supported model`,
    );
  }
  return targets;
}

/** Names of modules as PEFT has them: a list is taken to the letter, a text is a pattern. */
function modulesOf(value: Json | undefined, key: string, refuse: Refuse): ModuleNames {
  if (value === undefined || typeof value === "string") return value ?? [];
  const isText = (each: Json): each is string => typeof each === "string";
  if (!Array.isArray(value) || !value.every(isText)) {
    throw refuse("adapter-bad-targets", `${key} must be a list of module names, or a pattern`);
  }
  return value;
}

function blocksOf(value: Json | undefined, refuse: Refuse): readonly number[] {
  const given: readonly Json[] = value === undefined ? [] : Array.isArray(value) ? value : [value as Json];
  return given.map((each) => {
    const block = plainInteger(each);
    if (block === undefined) throw refuse("config-wrong-type", "layers_to_transform must be numbers of layers");
    return block;
  });
}

function biasesOf(value: Json | undefined, refuse: Refuse): AdapterConfig["biases"] {
  if (value === undefined || value === "none" || value === "all" || value === "lora_only") return value ?? "none";
  throw refuse("config-wrong-type", `bias must be none, all or lora_only, not ${quoted(value)}`);
}

/** Numbers by patterns of the names of modules. */
function pattern(
  value: Json | undefined,
  key: string,
  numberOf: (value: Json | undefined, key: string, refuse: Refuse) => number,
  refuse: Refuse,
): ReadonlyMap<string, number> {
  if (value === undefined) return new Map();
  if (!(value instanceof Map)) throw refuse("config-wrong-type", `${key} must be numbers by module name`);
  const entries = [...(value as ReadonlyMap<string, Json>)];
  return new Map(entries.map(([name, number]) => [name, numberOf(number, `${key}.${shown(name)}`, refuse)]));
}

function savedModules(value: Json | undefined, refuse: Refuse): readonly string[] {
  const given = modulesOf(value, "modules_to_save", refuse);
  return typeof given === "string" ? [given] : given;
}

/** A name in dots; anything with a meaning in patterns beside the dot is none. */
function isName(text: string): boolean {
  return /^[\w-]+(\.[\w-]+)*$/.test(text);
}

function isEmpty(value: Json): boolean {
  return value instanceof Map ? value.size === 0 : Array.isArray(value) && value.length === 0;
}

function quoted(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof JsonNumber) return shown(value.text);
  return typeof value === "object" && value !== null ? "a list or an object" : shown(JSON.stringify(value));
}
