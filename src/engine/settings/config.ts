import { choice, type Field, type FieldValue, number, since, text } from "../field.ts";
import { WRITTEN_CHOICE } from "../kernels/matmulVariants.ts";
import { defaults } from "../methods/defaults.ts";
import { diagnosticFields } from "../methods/diagnostics/index.ts";
import { methodFields, methods } from "../methods/index.ts";
import { optionsOf } from "../methods/method.ts";
import { optimizerFields, optimizers } from "../methods/optimizers/index.ts";
import type { Optimizer } from "../methods/optimizers/optimizer.ts";
import { rankFields } from "../methods/ranks/index.ts";
import { FOREIGN_MODEL } from "../model/reference.ts";
import { CHANGES_PATTERN } from "./changes.ts";
import { dataFields } from "./dataFields.ts";

/** Kernels as suit the kind of adapter, rather than as were measured on one. */
export const STANDARD_KERNELS = "standard";

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
      custom: "Custom data",
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
    defaults.method,
    optionsOf(methods),
    "How the update ΔW of a frozen weight matrix is written.",
  ),
  ...methodFields,
  ...rankFields,
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
    methods[defaults.method].learningRate,
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
  batchSize: number("Batch", 16, { min: 1, max: 256, whole: true }, "Examples per step."),
  accumulationSteps: number(
    "Accumulation steps",
    1,
    { min: 1, max: 64, whole: true },
    "Gradient accumulation: micro-batches that a batch is computed in, one after another; more take less memory and give the same gradient.",
  ),
  steps: number("Steps", 100, { min: 1, max: 100000, whole: true }, "Length of the run."),
  changes: since(
    8,
    text(
      "Changes while training",
      "",
      CHANGES_PATTERN,
      "nothing, or steps with what changes after them, such as 40:learningRate=0.0005,60:spectrumEvery=10; learningRate, evaluateEvery and spectrumEvery may",
      "Settings that change after so many steps, as they do where somebody changes one while a run trains; the head's learning rate changes in proportion to the other.",
    ),
  ),
  weightDecay: number("Weight decay", 0, { min: 0, max: 1 }, "Decoupled decay, per step and learning rate."),
  weightDecayOn: choice(
    "Decay of",
    "matrices",
    { matrices: "Matrices alone", all: "All that trains" },
    "Whether biases and the weights of norms decay too; trainers in PyTorch leave them out.",
  ),
  optimizer: since(
    5,
    choice(
      "Optimizer",
      defaults.optimizer,
      optionsOf(optimizers),
      "What turns gradients into steps; a choice brings its own learning rate, unless you typed one.",
    ),
  ),
  ...optimizerFields,
  clipNorm: number("Clip", 0, { min: 0, max: 100 }, "Largest norm of the whole gradient; 0 leaves it as it is."),
  dropout: number("Dropout", 0, { min: 0, max: 0.9 }, "Share of activations set to 0 while training."),
  gradientCheckpointing: choice(
    "Checkpointing",
    "off",
    { off: "Off", on: "On" },
    "Gradient checkpointing: activations are computed once more in the backward pass rather than kept; slower, in less memory, and with the same bits.",
  ),
  activationFormat: since(
    7,
    choice(
      "Activations",
      "float32",
      { float32: "32 bits", float16: "16 bits" },
      "How activations are stored from the forward pass to the backward pass; 16 bits take half the memory and move the last digits of losses.",
    ),
  ),
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
  ...diagnosticFields,
  kernels: text(
    "Kernels",
    STANDARD_KERNELS,
    new RegExp(`^${STANDARD_KERNELS}$|${WRITTEN_CHOICE.source}`),
    `${STANDARD_KERNELS}, or what Tune the kernels found, such as wide=tiled,narrow=split,long=split,small=tiled`,
    "How matrix products and attention are computed; recorded, because another order of sums changes the last bits.",
  ),
} satisfies Record<string, Field>;

export type FieldName = keyof typeof runFields;

export type RunConfig = { readonly [K in FieldName]: FieldValue<(typeof runFields)[K]> };

export const fieldNames = Object.keys(runFields) as FieldName[];

export const defaultConfig = Object.fromEntries(
  Object.entries(runFields).map(([name, { initial }]) => [name, initial]),
) as unknown as RunConfig;

/**
 * What a setting is unless somebody chose otherwise: its default, but for the learning rate, which the optimizer may bring
 * along, and else the method.
 */
export function usualValue(name: FieldName, config: Pick<RunConfig, "method" | "optimizer">): RunConfig[FieldName] {
  return name === "learningRate" ? suitedLearningRate(config) : defaultConfig[name];
}

export function suitedLearningRate({ method, optimizer }: Pick<RunConfig, "method" | "optimizer">): number {
  const { learningRate }: Optimizer = optimizers[optimizer];
  return learningRate ?? methods[method].learningRate;
}
