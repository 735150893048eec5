import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { valueInWords } from "../data/settingsInWords.ts";
import { methods } from "../methods/index.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import { scheduleOf } from "../methods/ranks/index.ts";
import type { ModelSummary } from "../model/modelSummary.ts";
import { summaryOf } from "../model/modelSummary.ts";
import { describeReference, parseReference } from "../model/reference.ts";
import type { Transformer } from "../model/transformer.ts";
import { sizeOf } from "../ops/tensor.ts";
import type { RunSummary } from "../run/events.ts";
import type { TrainingSession } from "../run/session.ts";
import { fieldNames, type RunConfig, runFields } from "../settings/config.ts";
import { applies } from "../settings/problems.ts";
import { describeData } from "../tasks/custom/settings.ts";
import { version } from "../version.ts";

// What the cards of all exports have in common.

/** A base model as its checkpoint has it, whatever it is called where it lies. */
export interface Base {
  readonly facts: ModelSummary;
  /** As its config.json has it, such as "qwen2". */
  readonly type: string;
  readonly width: number;
  readonly parameters: number;
  /** The name that its config.json gives it, where there is one. */
  readonly ownName: string | undefined;
}

/** A run, as far as cards tell of it. */
export interface CardRun {
  readonly config: RunConfig;
  readonly summary: Pick<RunSummary, "layers" | "trainingExamples" | "trainableParameters">;
  readonly base: Base;
  readonly step: number;
  /** Whether the task has an output layer of its own. */
  readonly hasHead: boolean;
}

/** The name of a card in its folder. */
export const CARD_FILE = "README.md";

/** Under what the bundled models are given away; a test compares it with their cards. */
export const bundledLicences: Readonly<Record<string, string>> = {
  "pd-bert": "Apache-2.0",
  "pd-gpt": "CC0-1.0",
  "use-lite": "Apache-2.0",
};

/** @param config the text of its config.json. */
export function describeBase(transformer: Transformer, config: string): Base {
  const text = (key: string) => new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(config)?.[1];
  const ownName = text("_name_or_path");
  const learnt = transformer.tensors.filter(({ constant }) => !constant);
  return {
    facts: summaryOf(transformer),
    type: text("model_type") ?? transformer.family,
    width: transformer.width,
    parameters: learnt.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    // Paths of the machine where it was saved say nothing here.
    ownName: ownName !== undefined && /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(ownName) ? ownName : undefined,
  };
}

/** What cards tell of a session. @param source its base model's own files. */
export async function cardRunOf(session: TrainingSession, source: CheckpointFiles): Promise<Omit<CardRun, "hasHead">> {
  const { config, summary, step, model } = session;
  const base = describeBase(model.transformer, new TextDecoder().decode(await source.read("config.json")));
  return { config, summary, step, base };
}

/** What the base model is called in a heading: a folder's name alone would say nothing. */
export function titleOfBase({ config, base }: CardRun): string {
  const model = parseReference(config.model);
  if (model.kind === "hub") return `${model.owner}/${model.name}`;
  if (model.kind === "bundled") return model.name;
  return base.ownName ?? `a ${base.type} model of ${base.facts.blocks.length} blocks`;
}

/** What the base model is, where it is to be had, and what is known of its licence. */
export function baseInWords({ config, base }: CardRun): string {
  const model = parseReference(config.model);
  const { type, width, parameters, ownName, facts } = base;
  const shape = `${type}, ${facts.blocks.length} blocks of width ${width}, ${parameters.toLocaleString("en")} parameters`;
  switch (model.kind) {
    case "bundled":
      return `Its base model is ${model.name} (${shape}), which comes with Rankscope (\`public/models/${model.name}\` there; licence: ${bundledLicences[model.name]}) and is not on the Hugging Face Hub.`;
    case "hub":
      return `Its base model is ${describeReference(config.model)} (${shape}); the page of that model names its licence, which is this one's too.`;
    case "file":
      return `Its base model is one that was opened from files called ${model.name} (${shape}; fingerprint ${model.hash})${ownName === undefined ? "" : `; its config.json calls it ${ownName}`}. Its licence, which is this one's too, is not in those files: see where they came from.`;
  }
}

/** What came of the run, and under it every setting that determined it. */
export function runTables(run: CardRun, more: readonly (readonly [string, string | number])[]): string[] {
  const { config, summary, base, step } = run;
  const method = runFields.method.options[config.method];
  const { label, equation } = optimizers[config.optimizer];
  const ranks = scheduleOf(config)?.schedule;
  const results: (readonly [string, string | number])[] = [
    ["Update", `${method}: ${methods[config.method].equation}`],
    ["Optimizer", `${label}: ${equation}`],
    ...(ranks ? [["Rank schedule", `${ranks.label}: ${ranks.equation}`] as const] : []),
    ["Task", taskInWords(config)],
    ["Examples", summary.trainingExamples],
    ["Steps", `${step} of ${config.steps}`],
    ["Matrices", summary.layers.length],
    ["Trained numbers", summary.trainableParameters],
    ["Rankscope", version],
    ...more,
  ];
  const models = { [config.model]: base.facts };
  const settings = fieldNames
    .filter((name) => applies(name, config, models))
    .map((name) => [runFields[name].label, valueInWords(name, config)] as const);
  return [...table(["", ""], results), "", "## Settings", "", ...table(["Setting", "Value"], settings)];
}

function table(head: readonly [string, string], rows: readonly (readonly [string, string | number])[]): string[] {
  const cell = (value: string | number) => String(value).replaceAll("|", "\\|");
  return [head, ["---", "---"] as const, ...rows].map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`);
}

/** Custom data is called by its file and hash, and by what was made of it. */
export function taskInWords({ task, data, dataKind }: RunConfig): string {
  if (task !== "custom") return runFields.task.options[task];
  return `${runFields.dataKind.options[dataKind]}: ${describeData(data)}`;
}

export const headInWords = "- `head.safetensors`: the task's output layer, `head.weight` and `head.bias`.";
export const caveat =
  "It was trained on few examples and is as good and as bad as the base model it belongs to; look at its card too.";
