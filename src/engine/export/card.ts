import { describeReference, parseReference } from "../model/reference.ts";
import { describeData } from "../tasks/own/settings.ts";
import type { RunConfig } from "../train/config.ts";
import { runFields } from "../train/config.ts";
import type { RunSummary } from "../train/events.ts";
import { methodEquations } from "../train/methods.ts";
import { version } from "../version.ts";
import type { PythonModel } from "./peft.ts";
import { baseOf } from "./pythonModel.ts";
import { trimErrorInWords } from "./trim.ts";

export interface CardOptions {
  readonly config: RunConfig;
  readonly summary: RunSummary;
  /** How Python loads the adapter; absent where there are no files for PEFT. */
  readonly python: PythonModel | undefined;
  /** Whether the task has an output layer of its own. */
  readonly hasHead: boolean;
  readonly step: number;
  /** Link that repeats the run, where there is one; of one to a single machine its hash alone, from # on. */
  readonly link: string | undefined;
  /** What ran it, in words. */
  readonly device: string;
  readonly validation: Readonly<Record<string, number>> | undefined;
  /** Largest relative error of trimming, where ranks were trimmed. */
  readonly trimError: number | undefined;
}

/** A model card (README.md with YAML) for an exported adapter: what it is, how it came about, how to use it. */
export function adapterCard(options: CardOptions): string {
  const { config, summary, python, hasHead, step, link, device, validation, trimError } = options;
  const { base } = baseOf(config.model);
  const isOnHub = parseReference(config.model).kind === "hub";
  const method = runFields.method.options[config.method];
  const yaml = [
    "---",
    ...(python ? ["library_name: peft"] : []),
    // The Hub takes any name for one of its own.
    ...(isOnHub ? [`base_model: ${JSON.stringify(base)}`, "base_model_relation: adapter"] : []),
    "tags:",
    ...(summary.layers.length > 0 ? ["  - lora"] : []),
    ...(config.method.startsWith("deep-lora") ? ["  - deep-lora"] : []),
    "  - rankscope",
    "---",
  ];
  const settings: (readonly [string, string | number])[] = [
    ["Update", `${method}: ${methodEquations[config.method]}`],
    ["Task", taskInWords(config)],
    ["Examples", `${summary.trainingExamples} (seed ${config.seed})`],
    [
      "Steps",
      `${step} of ${config.steps}, batches of ${config.batchSize}${config.passes > 1 ? ` in ${config.passes} passes` : ""}`,
    ],
    ["Learning rate", `${config.learningRate}, ${runFields.schedule.options[config.schedule].toLowerCase()}`],
    ["Matrices", summary.layers.length],
    ["Trained numbers", summary.trainableParameters],
    ["Device", device],
    ["Rankscope", version],
    ...Object.entries(validation ?? {}).map(
      ([name, value]) => [`Validation ${name}`, Number(value.toPrecision(5))] as const,
    ),
  ];
  return [
    ...yaml,
    "",
    `# ${method} for ${base}`,
    "",
    ...introduction(options),
    "",
    baseInWords(config.model),
    ...(trimError === undefined
      ? []
      : [
          "",
          `Ranks were trimmed to the effective rank of each layer, rounded up; no update changed by more than ${trimErrorInWords(trimError)}.`,
        ]),
    "",
    "| | |",
    "|---|---|",
    ...settings.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    ...(link === undefined ? [] : [againInWords(link, config), ""]),
    ...(python ? [...usage(python, isOnHub ? base : `path/of/${base}`), ""] : []),
    "## What is in the folder",
    "",
    ...(python ? ["- `adapter_config.json`, `adapter_model.safetensors`: the adapter in PEFT's layout."] : []),
    ...(hasHead ? ["- `head.safetensors`: the task's output layer, `head.weight` and `head.bias`."] : []),
    "- `rankscope.safetensors`: the factors themselves with the optimiser's state, to go on training in Rankscope.",
    "- `metrics.jsonl`, `metrics.csv`, `experiment.json`: what was measured and every setting.",
    "",
    "It was trained on few examples and is as good and as bad as the base model it belongs to; look at its card too.",
    "",
  ].join("\n");
}

/** Data of one's own is called by its file and hash, and by what was made of it. */
function taskInWords({ task, data, dataKind }: RunConfig): string {
  if (task !== "own") return runFields.task.options[task];
  return `${runFields.dataKind.options[dataKind]}: ${describeData(data)}`;
}

/** Where the base model is to be had. */
function baseInWords(model: string): string {
  const { kind } = parseReference(model);
  if (kind === "bundled")
    return `Its base model is ${model}, which comes with Rankscope (\`public/models/${model}\` there) and is not on the Hugging Face Hub.`;
  return `Its base model is ${describeReference(model)}.`;
}

function againInWords(link: string, { task, data }: RunConfig): string {
  const withFile = task === "own" ? `, with ${describeData(data)} at hand` : "";
  if (link.startsWith("#"))
    return `The same run again${withFile}: open Rankscope and put this at the end of its address: \`${link}\``;
  return `The same run again${withFile}: ${link}`;
}

/** What was trained, and in what form it is here. */
function introduction({ python, summary }: CardOptions): string[] {
  if (summary.layers.length === 0)
    return ["An output layer that was trained with Rankscope on a base model, which stays as it was."];
  if (!python)
    return [
      "An adapter that was trained with Rankscope. PEFT has no base model of this kind, so that it is here only as its",
      "factors, for Rankscope to go on with.",
    ];
  return [
    "An adapter that was trained with Rankscope. Its factors are folded to one pair of matrices per layer, which is the",
    "same function.",
  ];
}

/** @param base what transformers loads: a name on the Hub, or a folder. */
function usage({ autoClass }: PythonModel, base: string): string[] {
  return [
    "```python",
    `from transformers import ${autoClass}`,
    "from peft import PeftModel",
    "",
    `model = ${autoClass}.from_pretrained(${JSON.stringify(base)})`,
    'model = PeftModel.from_pretrained(model, "path/of/this/folder")',
    "```",
  ];
}
