import { ConfigError } from "../errors.ts";
import { bundledModels } from "../model/bundledModels.ts";
import { type ModelCatalogue, pickedLayers } from "../model/facts.ts";
import { describeReference, FOREIGN_MODEL } from "../model/reference.ts";
import { predictsTokens, taskShapeOf } from "../tasks/task.ts";
import { dataFieldApplies, dataFields, dataProblemsOf } from "./dataFields.ts";
import { choice, expectation, type Field, type FieldValue, number, parseField, text } from "./field.ts";

/** A layer choice by hand: `0.query,0.value,3.up`. */
const LAYER_LIST = /^(query-value|attention-mlp|all-dense|(\d+|pooler)(\.[a-z-]+)?(,(\d+|pooler)(\.[a-z-]+)?)*)$/;

/**
 * Everything that determines a run. The form, the link, the trainer and the checks all read this table; the order is
 * the order of the form. Defaults are the Start preset.
 */
export const runFields = {
  model: choice(
    "Model",
    "pd-bert",
    {
      "pd-bert": "pd-bert, a small BERT",
      "pd-gpt": "pd-gpt, a small GPT-2",
      "use-lite": "use-lite, a sentence encoder",
    },
    "The pretrained network; its own weights stay frozen unless the method is full fine-tuning.",
    { pattern: FOREIGN_MODEL, expects: "a model that was opened, such as hf:owner/name@revision or file:name~hash" },
  ),
  task: choice(
    "Task",
    "verse-sts",
    {
      "verse-sts": "Verse similarity (0 to 5)",
      authors: "Who wrote it? (4 authors)",
      kjv: "Write like the King James Bible",
      "king-james": "Plain English to King James English",
      own: "Your own data",
    },
    "What the model is fine-tuned to do.",
  ),
  ...dataFields,
  pairing: choice(
    "Pairs",
    "two-towers",
    { "two-towers": "Two towers", packed: "One packed sequence" },
    "Two towers encode the sentences apart and compare; a packed pair lets them attend to each other.",
  ),
  shots: choice(
    "Examples",
    "1024",
    { "16": "16", "64": "64", "256": "256", "1024": "1,024", all: "All" },
    "How many training examples are drawn, without replacement, by the seed.",
  ),
  maxTokens: number(
    "Longest text",
    48,
    { min: 8, max: 256, whole: true },
    "Tokens per text; longer ones are cut, and counted.",
  ),
  method: choice(
    "Method",
    "deep-lora-compressed",
    {
      "deep-lora-compressed": "Deep LoRA, compressed",
      "deep-lora-narrow": "Deep LoRA, narrow",
      "deep-lora-full": "Deep LoRA, full width",
      lora: "LoRA",
      "lora-paper": "LoRA, the paper's baseline",
      full: "Full fine-tuning",
      head: "Head only",
    },
    "How the update ΔW of a frozen weight matrix is written.",
  ),
  rank: number("Rank r", 8, { min: 1, max: 64, whole: true }, "The most singular values that an update can have."),
  depth: number(
    "Depth L",
    3,
    { min: 2, max: 4, whole: true },
    "How many factors are multiplied; from three on, training prefers low rank.",
  ),
  initScale: number(
    "Initial scale ε",
    0.1,
    { min: 1e-6, max: 1 },
    "Every factor starts as ε times an orthogonal matrix.",
  ),
  gamma: number(
    "Outer rate γ",
    1,
    { min: 0, max: 10 },
    "Learning rate of the outer factors, as a share of that of the cores; 0 freezes them.",
  ),
  bases: choice(
    "Bases",
    "gradient",
    { gradient: "First gradient + random", spectral: "First gradient only", random: "Random" },
    "Where the outer factors of the compressed form start: half of them in the top directions of the first gradient, as in the paper, all of them, or none.",
  ),
  calibrationBatches: number(
    "Calibration batches",
    4,
    { min: 1, max: 16, whole: true },
    "Batches whose gradient the bases are taken from.",
  ),
  alpha: number("LoRA α", 16, { min: 0.01, max: 1024 }, "LoRA's update is scaled by α / r."),
  targets: text(
    "Layers",
    "attention-mlp",
    LAYER_LIST,
    "query-value, attention-mlp, all-dense, or a list such as 0.query,3.value",
    "Which weight matrices get an update.",
  ),
  head: choice(
    "Head",
    "trained",
    { trained: "Trained", frozen: "Frozen" },
    "Whether the task's output layer learns too.",
  ),
  learningRate: number(
    "Learning rate",
    3e-3,
    { min: 1e-7, max: 1 },
    "The peak of the schedule; a change of method brings its own, unless you typed one.",
  ),
  headLearningRate: number(
    "Head learning rate",
    1e-3,
    { min: 0, max: 1 },
    "Of the output layer, on the same schedule; apart, so that methods can be compared with one head.",
  ),
  schedule: choice(
    "Schedule",
    "linear",
    { constant: "Constant", linear: "Linear to 0", cosine: "Cosine to 0" },
    "How the learning rate changes after the warm-up.",
  ),
  warmupSteps: number(
    "Warm-up",
    0,
    { min: 0, max: 10000, whole: true },
    "Steps over which the learning rate rises from 0.",
  ),
  batchSize: number("Batch", 16, { min: 1, max: 64, whole: true }, "Examples per step."),
  steps: number("Steps", 100, { min: 1, max: 100000, whole: true }, "Length of the run."),
  weightDecay: number("Weight decay", 0, { min: 0, max: 1 }, "Decoupled decay, per step and learning rate."),
  epsilon: number(
    "Adam ε",
    1e-6,
    { min: 1e-12, max: 1e-2 },
    "Added to the root of the second moment; 1e-6 is the paper's.",
  ),
  clipNorm: number("Clip", 0, { min: 0, max: 100 }, "Largest norm of the whole gradient; 0 leaves it as it is."),
  dropout: number("Dropout", 0, { min: 0, max: 0.9 }, "Share of activations set to 0 while training."),
  seed: number(
    "Seed",
    7,
    { min: 0, max: 4294967295, whole: true },
    "Decides the examples, their order, the initial weights and the dropout.",
  ),
  evaluateEvery: number(
    "Validate every",
    25,
    { min: 1, max: 10000, whole: true },
    "Steps between two looks at the validation split.",
  ),
  validationRows: number(
    "Validation rows",
    256,
    { min: 8, max: 100000, whole: true },
    "Rows of the fixed validation split that are used.",
  ),
  spectrumEvery: number(
    "Spectrum every",
    2,
    { min: 1, max: 10000, whole: true },
    "Steps between two measurements of the singular values.",
  ),
} satisfies Record<string, Field>;

/** What each method writes ΔW as; W is frozen unless it says otherwise. */
export const methodEquations: Readonly<Record<keyof typeof runFields.method.options, string>> = {
  "deep-lora-compressed": "ΔWᵀ = U · Wʟ ⋯ W₁ · Vᵀ",
  "deep-lora-narrow": "ΔW = Wʟ ⋯ W₂ W₁, of inner width r",
  "deep-lora-full": "ΔW = Wʟ ⋯ W₂ W₁, of full width",
  lora: "ΔW = (α / r) · B A",
  "lora-paper": "ΔW = B A, A ~ N(0, 1)",
  full: "W itself is trained",
  head: "ΔW = 0, only the output layer is trained",
};

type Size = Readonly<Record<"rank" | "depth" | "gamma", number>>;
const outer = (n: number, m: number, { rank }: Size) => rank * (n + m);

/** Numbers that each method trains in the update of a layer with n inputs and m outputs. */
export const updateParameters: Readonly<
  Record<keyof typeof methodEquations, (n: number, m: number, s: Size) => number>
> = {
  // Outer factors that learn at no rate are not trained.
  "deep-lora-compressed": (n, m, s) => (s.gamma > 0 ? outer(n, m, s) : 0) + s.depth * s.rank ** 2,
  "deep-lora-narrow": (n, m, s) => outer(n, m, s) + (s.depth - 2) * s.rank ** 2,
  "deep-lora-full": (n, m, { depth }) => Math.min(n, m) * (n + m) + (depth - 2) * Math.min(n, m) ** 2,
  lora: outer,
  "lora-paper": outer,
  full: (n, m) => n * m,
  head: () => 0,
};

/**
 * What suits each method on the Start preset: what the sweep behind the README's table chose there, and a smaller rate
 * for the two that are not in it. A change of method brings its own along.
 */
export const suitedLearningRates: Readonly<Record<keyof typeof runFields.method.options, number>> = {
  "deep-lora-compressed": 3e-3,
  "deep-lora-narrow": 3e-3,
  "deep-lora-full": 2e-4,
  lora: 1e-3,
  "lora-paper": 1e-4,
  full: 1e-4,
  head: 1e-3,
};

export type FieldName = keyof typeof runFields;

export type RunConfig = { readonly [K in FieldName]: FieldValue<(typeof runFields)[K]> };

export const fieldNames = Object.keys(runFields) as FieldName[];

export const defaultConfig = Object.fromEntries(
  Object.entries(runFields).map(([name, { initial }]) => [name, initial]),
) as unknown as RunConfig;

/** What a setting is unless somebody chose otherwise: its default, but for the learning rate, which is the method's. */
export function usualValue(name: FieldName, { method }: Pick<RunConfig, "method">): RunConfig[FieldName] {
  return name === "learningRate" ? suitedLearningRates[method] : defaultConfig[name];
}

/** Language models are tied to their embeddings; the other tasks put an output layer of their own on top. */
function hasHead(config: RunConfig): boolean {
  return !predictsTokens(taskShapeOf(config));
}

/** Whether a setting is about data of one's own. */
function isDataField(name: FieldName): name is keyof typeof dataFields {
  return Object.hasOwn(dataFields, name);
}

/** Whether the field means anything under the rest of the settings; others are neither shown nor put in links. */
export function applies(name: FieldName, config: RunConfig, models: ModelCatalogue = bundledModels): boolean {
  const { method } = config;
  const isDeep = method.startsWith("deep-lora");
  if (isDataField(name)) return config.task === "own" && dataFieldApplies(name, config);
  switch (name) {
    case "pairing":
      return taskShapeOf(config).hasPairs && (models[config.model]?.packsPairs ?? false);
    case "rank":
      return method !== "full" && method !== "head" && method !== "deep-lora-full";
    case "depth":
    case "initScale":
      return isDeep;
    case "gamma":
    case "bases":
      return method === "deep-lora-compressed";
    case "calibrationBatches":
      return method === "deep-lora-compressed" && config.bases !== "random";
    case "alpha":
      return method === "lora";
    case "targets":
      return method !== "head";
    case "head":
    case "headLearningRate":
      return hasHead(config) && (name === "head" || (config.head === "trained" && method !== "head"));
    default:
      return true;
  }
}

/** What is wrong with a setting. */
export interface SettingProblem {
  readonly field: FieldName;
  readonly problem: string;
}

/**
 * Sentences on what is wrong with a configuration, each with the field that it is about; empty when it can run.
 *
 * @param models what is known of models besides the bundled ones; settings for others cannot be judged, nor run.
 * @param opened data files that are at hand; without it none is missed.
 */
export function problemsOf(
  config: RunConfig,
  models: ModelCatalogue = bundledModels,
  opened?: ReadonlySet<string>,
): SettingProblem[] {
  const problems: SettingProblem[] = [];
  for (const name of fieldNames) {
    if (!applies(name, config, models)) continue;
    const field: Field = runFields[name];
    if (parseField(field, String(config[name])) === undefined) {
      problems.push({ field: name, problem: `${name} must be ${expectation(field)}, not "${config[name]}"` });
    }
  }
  // What follows compares settings that can each be read.
  if (problems.length > 0) return problems;
  if (config.task === "own") problems.push(...dataProblemsOf(config, opened));
  const model = models[config.model];
  if (!model) {
    const problem = `${describeReference(config.model)} has yet to be opened in this tab`;
    return [{ field: "model", problem }, ...problems];
  }
  const { positions } = model;
  if (config.maxTokens > positions) {
    problems.push({
      field: "maxTokens",
      problem: `${config.model} reads texts of up to ${positions} tokens, not ${config.maxTokens}`,
    });
  }
  const isElsewhere = config.targets !== "pooler" && pickedLayers(model, config.targets, !hasHead(config)).size === 0;
  if (applies("targets", config, models) && isElsewhere) {
    problems.push({ field: "targets", problem: `none of the layers named is in ${config.model}` });
  }
  if (!hasHead(config) && !model.writes) {
    problems.push({ field: "task", problem: "only models such as pd-gpt can write text; choose one, or another task" });
  }
  if (taskShapeOf(config).kind === "language-modelling" && model.readsFirst) {
    problems.push({
      field: "task",
      problem: `${describeReference(config.model)} writes answers to texts; choose a task of prompts and completions`,
    });
  }
  if (hasHead(config) && config.model === "pd-gpt") {
    problems.push({
      field: "task",
      problem: "pd-gpt is bundled for writing (kjv, king-james); choose pd-bert or use-lite for this task",
    });
  }
  if (config.method === "deep-lora-compressed" && config.bases === "gradient" && config.rank % 2 !== 0) {
    problems.push({
      field: "rank",
      problem: "half of the compressed bases come from the gradient, so the rank must be even",
    });
  }
  if (config.method === "head" && (config.head === "frozen" || !hasHead(config))) {
    problems.push({
      field: "method",
      problem: "with the head frozen or absent, head-only training would train nothing",
    });
  }
  return problems;
}

/** @throws ConfigError naming the first problem. */
export function assertRunnable(config: RunConfig, models?: ModelCatalogue): void {
  const [first] = problemsOf(config, models);
  if (first) throw new ConfigError(first.problem);
}
