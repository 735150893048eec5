import { methodNamed } from "../methods/index.ts";
import { parseReference } from "../model/reference.ts";
import { runFields } from "../settings/config.ts";
import { baseInWords, type CardRun, caveat, headInWords, runTables, titleOfBase } from "./cardParts.ts";
import type { PythonModel } from "./peft.ts";
import { baseOf } from "./pythonModel.ts";

/**
 * A model card for a model in one piece: what was trained is in its weights.
 *
 * @param form the files that it is there as, and with `python` how the transformers library loads them.
 */
export function modelCard(
  run: CardRun,
  form: { readonly kind: "merged"; readonly python: PythonModel | undefined } | { readonly kind: "onnx" },
): string {
  const { config, hasHead } = run;
  const isOnHub = parseReference(config.model).kind === "hub";
  const isForTransformers = form.kind === "merged" && form.python !== undefined;
  return [
    "---",
    ...(isForTransformers ? ["library_name: transformers"] : []),
    ...(isOnHub ? [`base_model: ${JSON.stringify(baseOf(config.model).base)}`, "base_model_relation: finetune"] : []),
    "tags:",
    ...(form.kind === "onnx" ? ["  - onnx"] : []),
    "  - rankscope",
    "---",
    "",
    `# ${runFields.method.options[config.method]} on ${titleOfBase(run)}`,
    "",
    introduction(run),
    "",
    baseInWords(run),
    "",
    ...(form.kind === "onnx" ? onnxUsage : form.python ? usage(form.python) : rankscopeUsage),
    "",
    ...runTables(run, []),
    "",
    "## What is in the folder",
    "",
    ...(form.kind === "onnx"
      ? ["- `model.onnx`, `model.safetensors`: the graph and its weights, which have to lie in one folder."]
      : ["- `model.safetensors`, `config.json`: the weights in float32, and what model they are of.", tokenizer]),
    ...(hasHead ? [headInWords] : []),
    "",
    caveat,
    "",
  ].join("\n");
}

const tokenizer = "- `tokenizer.json` and what else there is of a tokenizer: that of the base model, unchanged.";

function introduction({ config }: CardRun): string {
  switch (methodNamed(config.method).trains) {
    case "weights":
      return "A model all of whose weights were trained with Rankscope.";
    case "head":
      return "A base model as it was; what Rankscope trained is the output layer beside it.";
    default:
      return "A model whose weights have an update added to them that was trained with Rankscope; no adapter is needed.";
  }
}

function usage({ autoClass }: PythonModel): string[] {
  return [
    "```python",
    `from transformers import ${autoClass}`,
    `model = ${autoClass}.from_pretrained("path/of/this/folder")`,
    "```",
  ];
}

const rankscopeUsage = ["The transformers library has no model of this kind; Rankscope opens the folder as a model."];

const onnxUsage = [
  "```python",
  "import onnxruntime",
  'session = onnxruntime.InferenceSession("path/of/this/folder/model.onnx")',
  "```",
  "",
  "`session.get_inputs()` and `session.get_outputs()` name what goes in and what comes out; texts become ids by the",
  "base model's tokenizer.",
];

/** What lies beside a program for custom data. */
export function programCard(run: Omit<CardRun, "hasHead">, files: readonly string[]): string {
  return [
    `# ${runFields.method.options[run.config.method]} for ${titleOfBase({ ...run, hasHead: false })}, in PyTorch`,
    "",
    "```sh",
    "pip install torch transformers accelerate safetensors numpy",
    `python experiment.py${parseReference(run.config.model).kind === "hub" ? "" : " --model path/of/the/base/model"}`,
    "```",
    "",
    baseInWords({ ...run, hasHead: false }),
    "",
    ...runTables({ ...run, hasHead: false }, []),
    "",
    "## What is in the folder",
    "",
    "- `experiment.py`: the experiment as one program; `--help` says what it takes.",
    `- ${files.map((name) => `\`${name}\``).join(", ")}: the rows of the experiment, split as they were in it.`,
    "",
  ].join("\n");
}
