import { ConfigError } from "../../errors.ts";
import { parseReference } from "../../model/reference.ts";
import { layerSets } from "../../model/targets.ts";
import type { Transformer } from "../../model/transformer.ts";
import { type Task, tasks } from "../../tasks/task.ts";
import type { RunConfig } from "../../train/config.ts";
import type { AdaptedLayer } from "../../train/events.ts";
import bases from "./bases.py?raw";
import beginning from "./experiment.py?raw";
import network from "./network.py?raw";
import randomNumbers from "./random_numbers.py?raw";
import taskKinds from "./tasks.py?raw";
import texts from "./texts.py?raw";
import training from "./training.py?raw";
import updates from "./updates.py?raw";

/** What of a run its settings do not say. */
export interface PythonFacts {
  readonly family: Transformer["family"];
  /** Whether the model can read a pair as one packed sequence, as `ModelFacts` has it. */
  readonly packsPairs: boolean;
  /** The layers with an update, in the model's order, as `RunSummary` has them. */
  readonly layers: readonly Pick<AdaptedLayer, "tensor">[];
}

/** The columns in which a task's data lies, by what they hold; absent where a line is a text. */
type Columns = Readonly<Partial<Record<"text" | "second" | "label", string>>>;

/**
 * The experiment as one Python program for PyTorch, transformers and accelerate, whose adapter PEFT reads: the same
 * data, order, starting values and schedule, on the same checkpoint or a larger one of its family. The program is the
 * files beside this one, in a row; only the settings differ from one experiment to the next.
 *
 * @throws ConfigError for a family that transformers does not have.
 */
export function writePythonScript(config: RunConfig, facts: PythonFacts): string {
  if (facts.family === "use-lite") {
    throw new ConfigError(
      "the Universal Sentence Encoder has no counterpart in the transformers library",
      "Export a run of another model, such as pd-bert.",
    );
  }
  const script = [beginning, randomNumbers, texts, taskKinds, updates, bases, network, training].join("\n\n");
  // A function, because a replacement text would give `$` a meaning.
  return script.replace("r'''\n{}\n'''", () => `r'''\n${literal(settingsOf(config, facts))}\n'''`);
}

function settingsOf(config: RunConfig, { packsPairs, layers }: PythonFacts) {
  const { spectrumEvery: _, ...run } = config;
  const task: Task = tasks[config.task];
  const model = parseReference(config.model);
  return {
    run: { ...run, pairing: packsPairs ? config.pairing : "two-towers" },
    task: {
      kind: task.kind,
      columns: columnsOf(task),
      ...(task.kind === "regression" && { range: task.range }),
      ...(task.kind === "classification" && { classes: task.classes }),
    },
    hub: model.kind === "hub" ? { id: `${model.owner}/${model.name}`, revision: model.revision } : null,
    /** A named set of layers means the same ones in every block of whatever checkpoint is loaded. */
    everyBlock: layerSets.has(config.targets.trim()),
    layers: layers.map(({ tensor }) => tensor.replace(/\.weight$/, "")),
  };
}

function columnsOf({ kind }: Task): Columns {
  switch (kind) {
    case "regression":
      return { text: "sentence1", second: "sentence2", label: "score" };
    case "classification":
      return { text: "sentence", label: "label" };
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
