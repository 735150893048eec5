import { choice, type Field, type FieldValue, number, text } from "../field.ts";
import { WRITTEN_WAYS } from "../kernels/productWays.ts";
import { diagnosticFields } from "../methods/diagnostics/index.ts";
import { FOREIGN_MODEL } from "../model/reference.ts";
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
    "Batches whose gradient the bases are taken from, and that updates are compared with.",
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
  batchSize: number("Batch", 16, { min: 1, max: 256, whole: true }, "Examples per step."),
  passes: number(
    "Passes",
    1,
    { min: 1, max: 64, whole: true },
    "Parts that a batch is computed in, one after another; more take less memory and give the same gradient.",
  ),
  steps: number("Steps", 100, { min: 1, max: 100000, whole: true }, "Length of the run."),
  weightDecay: number("Weight decay", 0, { min: 0, max: 1 }, "Decoupled decay, per step and learning rate."),
  weightDecayOn: choice(
    "Decay of",
    "matrices",
    { matrices: "Matrices alone", all: "All that trains" },
    "Whether biases and the weights of norms decay too; trainers in PyTorch leave them out.",
  ),
  epsilon: number(
    "Adam ε",
    1e-6,
    { min: 1e-12, max: 1e-2 },
    "Added to the root of the second moment; 1e-6 is the paper's.",
  ),
  clipNorm: number("Clip", 0, { min: 0, max: 100 }, "Largest norm of the whole gradient; 0 leaves it as it is."),
  dropout: number("Dropout", 0, { min: 0, max: 0.9 }, "Share of activations set to 0 while training."),
  activations: choice(
    "Activations",
    "kept",
    { kept: "Kept", recomputed: "Computed again" },
    "Whether what a block computes is kept for the backward pass, or computed once more there: slower, in less memory, and with the same bits.",
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
    new RegExp(`^${STANDARD_KERNELS}$|${WRITTEN_WAYS.source}`),
    `${STANDARD_KERNELS}, or what Tune the kernels found, such as tiled.split.split.tiled`,
    "How matrix products and attention are computed; recorded, because another order of sums changes the last bits.",
  ),
} satisfies Record<string, Field>;

export type FieldName = keyof typeof runFields;

export type RunConfig = { readonly [K in FieldName]: FieldValue<(typeof runFields)[K]> };

export const fieldNames = Object.keys(runFields) as FieldName[];

export const defaultConfig = Object.fromEntries(
  Object.entries(runFields).map(([name, { initial }]) => [name, initial]),
) as unknown as RunConfig;
