import { methodNamed } from "../methods/index.ts";
import { parseReference } from "../model/reference.ts";
import type { RunConfig } from "../settings/config.ts";
import { runFields } from "../settings/config.ts";
import { describeData } from "../tasks/custom/settings.ts";
import { baseInWords, type CardRun, caveat, headInWords, runTables, titleOfBase } from "./cardParts.ts";
import type { InPeft } from "./inPeft.ts";
import type { PythonModel } from "./peft.ts";
import { baseOf } from "./pythonModel.ts";
import { trimErrorInWords } from "./trim.ts";

export interface CardOptions extends CardRun {
  /** Link that repeats the run, where there is one; of one to a single machine its hash alone, from # on. */
  readonly link: string | undefined;
  /** What ran it, in words. */
  readonly device: string;
  readonly validation: Readonly<Record<string, number>> | undefined;
  /** As what PEFT has it, and how Python loads it; absent where there are no files for PEFT. */
  readonly peft: (Pick<InPeft, "type" | "isOwn" | "trimError"> & { readonly python: PythonModel }) | undefined;
  /** Why there are no files for PEFT, where that is the method's doing. */
  readonly refusal?: string | undefined;
}

/** A model card (README.md with YAML) for an exported adapter: what it is, how it came about, how to use it. */
export function adapterCard(options: CardOptions): string {
  const { config, hasHead, link, device, validation, peft } = options;
  const trimError = peft?.trimError;
  const { base } = baseOf(config.model);
  const isOnHub = parseReference(config.model).kind === "hub";
  const method = runFields.method.options[config.method];
  const yaml = [
    "---",
    ...(peft ? ["library_name: peft"] : []),
    // The Hub takes any name for one of its own.
    ...(isOnHub ? [`base_model: ${JSON.stringify(base)}`, "base_model_relation: adapter"] : []),
    "tags:",
    ...(peft ? [`  - ${peft.type.toLowerCase()}`] : []),
    ...(methodNamed(config.method).tags ?? []).map((tag) => `  - ${tag}`),
    "  - rankscope",
    "---",
  ];
  const results: (readonly [string, string | number])[] = [
    ["Device", device],
    ...Object.entries(validation ?? {}).map(
      ([name, value]) => [`Validation ${name}`, Number(value.toPrecision(5))] as const,
    ),
  ];
  return [
    ...yaml,
    "",
    `# ${method} for ${titleOfBase(options)}`,
    "",
    ...introduction(options),
    "",
    baseInWords(options),
    ...(trimError === undefined
      ? []
      : [
          "",
          `Ranks were trimmed to the effective rank of each layer, rounded up; no update changed by more than ${trimErrorInWords(trimError)}.`,
        ]),
    "",
    ...runTables(options, results),
    "",
    ...(link === undefined ? [] : [againInWords(link, config), ""]),
    ...(peft ? [...usage(peft.python, isOnHub ? base : `path/of/${base}`), ""] : []),
    "## What is in the folder",
    "",
    ...(peft ? ["- `adapter_config.json`, `adapter_model.safetensors`: the adapter in PEFT's layout."] : []),
    ...(hasHead ? [headInWords] : []),
    "- `rankscope.safetensors`: the factors themselves with the optimizer's state, to go on training in Rankscope.",
    "- `metrics.jsonl`, `metrics.csv`, `experiment.json`: what was measured and every setting.",
    "",
    caveat,
    "",
  ].join("\n");
}

function againInWords(link: string, { task, data }: RunConfig): string {
  const withFile = task === "custom" ? `, with ${describeData(data)} at hand` : "";
  if (link.startsWith("#"))
    return `The same run again${withFile}: open Rankscope and put this at the end of its address: \`${link}\``;
  return `The same run again${withFile}: ${link}`;
}

/** What was trained, and in what form it is here. */
function introduction({ config, peft, summary, refusal }: CardOptions): string[] {
  if (summary.layers.length === 0)
    return ["An output layer that was trained with Rankscope on a base model, which stays as it was."];
  if (refusal !== undefined)
    return [
      `An adapter that was trained with Rankscope. ${refusal}: it is here as its parameters, for`,
      "Rankscope to go on with; other programs read the merged model.",
    ];
  if (!peft)
    return [
      "An adapter that was trained with Rankscope. PEFT has no base model of this kind, so that it is here only as its",
      "factors, for Rankscope to go on with.",
    ];
  if (peft.isOwn) {
    const { label } = methodNamed(config.method);
    return [`An adapter that was trained with Rankscope, in PEFT's own form of ${label}.`];
  }
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
