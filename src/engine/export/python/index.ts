import type { Pooling } from "../../checkpoint/config.ts";
import { sha256 } from "../../checkpoint/fingerprint.ts";
import { readTask } from "../../data/readTask.ts";
import type { Sources } from "../../data/sources.ts";
import { ConfigError } from "../../errors.ts";
import { hasForm } from "../../methods/adapters/peftForm.ts";
import { diagnosticFields } from "../../methods/diagnostics/index.ts";
import { methodNamed } from "../../methods/index.ts";
import { parseReference } from "../../model/reference.ts";
import { layerSets } from "../../model/targets.ts";
import type { Transformer } from "../../model/transformer.ts";
import type { AdaptedLayer } from "../../run/events.ts";
import { type Trained, trainedBy } from "../../settings/chosenMethod.ts";
import type { RunConfig } from "../../settings/config.ts";
import { type Example, type Task, tasks, taskTraitsOf } from "../../tasks/task.ts";
import type { FolderFiles } from "../content.ts";
import bases from "./bases.py?raw";
import beginning from "./experiment.py?raw";
import linearAlgebra from "./linear_algebra.py?raw";
import network from "./network.py?raw";
import randomNumbers from "./random_numbers.py?raw";
import { statementsOf } from "./statements.ts";
import taskKinds from "./tasks.py?raw";
import texts from "./texts.py?raw";
import training from "./training.py?raw";
import { assertUnderstood } from "./understood.ts";
import updates from "./updates.py?raw";

/** What of a run its settings do not say. */
export interface PythonFacts {
  readonly family: Transformer["family"];
  /** Whether the model can read a pair as one packed sequence, as `ModelSummary` has it. */
  readonly packsPairs: boolean;
  /** How sentence vectors are made, as the model's config has it. */
  readonly pooling?: readonly Pooling[];
  /** The layers with an update, in the model's order, as `RunSummary` has them. */
  readonly layers: readonly Pick<AdaptedLayer, "tensor">[];
  /** What custom data is about, and the files that it lies in beside the program. */
  readonly own?: { readonly task: Task; readonly files: readonly { readonly name: string; readonly sha256: string }[] };
}

/** The columns in which a task's data lies, by what they hold; absent where a line is a text. */
type Columns = Readonly<Partial<Record<"text" | "second" | "label", string>>>;

/**
 * The experiment as one Python program for PyTorch, transformers and accelerate, whose adapter PEFT reads: the same
 * data, order, starting values and schedule, on the same checkpoint or a larger one of its family. The program is the
 * files beside this one, in a row, with the statements of the run's method and optimizer among them, and its settings.
 *
 * @throws ConfigError for a family that transformers does not have, and for settings that the program does not know.
 */
export function writePythonScript(config: RunConfig, facts: PythonFacts): string {
  if (facts.family === "use-lite") {
    throw new ConfigError(
      "the Universal Sentence Encoder has no counterpart in the transformers library",
      "Export a run of another model, such as pd-bert.",
    );
  }
  const { method, optimizer } = statementsOf(config);
  const before = [beginning, randomNumbers, linearAlgebra, texts, taskKinds, updates];
  const script = [...before, ...method, bases, network, optimizer, training].join("\n\n");
  assertUnderstood(config, script);
  // A function, because a replacement text would give `$` a meaning.
  return script.replace("r'''\n{}\n'''", () => `r'''\n${literal(settingsOf(config, facts))}\n'''`);
}

/**
 * The program with what it needs beside it: nothing for bundled tasks, whose files are named when it is started; for
 * custom data its rows, split as the run has split them and without those that were skipped.
 *
 * @throws ConfigError as `writePythonScript` does.
 */
export async function pythonFiles(
  config: RunConfig,
  facts: Omit<PythonFacts, "own">,
  sources: Sources,
): Promise<FolderFiles> {
  if (config.task !== "custom") return { [PROGRAM]: writePythonScript(config, facts) };
  const { task, train, dev } = await readTask(config, sources);
  const columns = columnsOf(task, taskTraitsOf(config).hasPairs);
  const data = { "train.jsonl": jsonl(task, columns, train), "validation.jsonl": jsonl(task, columns, dev) };
  const files = await Promise.all(
    Object.entries(data).map(async ([name, text]) => ({ name, sha256: await sha256(new TextEncoder().encode(text)) })),
  );
  return { [PROGRAM]: writePythonScript(config, { ...facts, own: { task, files } }), ...data };
}

const PROGRAM = "experiment.py";

function jsonl(task: Task, columns: Columns, examples: readonly Example[]): string {
  const written = ({ label }: Example) => (task.kind === "classification" ? task.classes[label!] : label);
  const lines = examples.map((example) =>
    JSON.stringify({
      [columns.text!]: example.text,
      ...(columns.second && { [columns.second]: example.second }),
      ...(columns.label && { [columns.label]: written(example) }),
    }),
  );
  return `${lines.join("\n")}\n`;
}

function settingsOf(config: RunConfig, { packsPairs, pooling = ["mean"], layers, own }: PythonFacts) {
  const { spectrumEvery: _, kernels: __, gradientCheckpointing: ___, activationFormat: ____, ...all } = config;
  const run = Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(diagnosticFields, name)));
  if (config.task === "custom" && !own) throw new ConfigError("a program for custom data needs to know its classes");
  const task: Task = config.task === "custom" ? own!.task : tasks[config.task];
  const model = parseReference(config.model);
  const method = trainedBy(config);
  return {
    run: { ...run, pairing: packsPairs ? config.pairing : "two-towers" },
    trains: methodNamed(config.method).trains,
    /** Names of the method's own. */
    methodSettings: Object.keys(methodNamed(config.method).fields),
    ...fromEntry(method),
    task: {
      kind: task.kind,
      columns: columnsOf(task, taskTraitsOf(config).hasPairs),
      ...(task.kind === "regression" && { range: task.range }),
      ...(task.kind === "classification" && { classes: task.classes }),
    },
    pooling,
    data: own?.files ?? [],
    hub: model.kind === "hub" ? { id: `${model.owner}/${model.name}`, revision: model.revision } : null,
    /** A named set of layers means the same ones in every block of whatever checkpoint is loaded. */
    everyBlock: layerSets.has(config.targets.trim()),
    layers: layers.map(({ tensor }) => tensor.replace(/\.weight$/, "")),
  };
}

function columnsOf({ kind }: Task, hasPairs: boolean): Columns {
  switch (kind) {
    case "regression":
    case "classification":
      return {
        ...(hasPairs ? { text: "sentence1", second: "sentence2" } : { text: "sentence" }),
        label: kind === "regression" ? "score" : "label",
      };
    case "language-modelling":
      return { text: "text" };
    case "completion":
      return { text: "prompt", second: "completion" };
  }
}

/** JSON that a raw Python string between triple quotes can hold. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll("'", "\\u0027");
}

/** What the program does not know of an adapter by its statement. */
function fromEntry(method: Trained): { readonly bases: "whole" | "half" | null; readonly peft: object | null } {
  if (method.kind !== "adapter") return { bases: null, peft: null };
  const { adapter, settings } = method;
  const { peft } = adapter;
  const directions = adapter.directions?.of(settings);
  return {
    bases: directions ? (directions.initialiser.isPaired ? "whole" : "half") : null,
    peft: hasForm(peft) ? { config: { ...peft.kind, ...peft.config(settings) }, tensors: peft.tensors } : null,
  };
}
