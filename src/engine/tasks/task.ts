import { CheckpointError } from "../errors.ts";

/** One item of a data set. */
export interface Example {
  readonly text: string;
  /** The other text of a pair, or what should follow the first as its completion. */
  readonly second?: string;
  /** A score, or the number of a class; absent where tokens are predicted. */
  readonly label?: number;
}

export interface Metric {
  readonly id: "pearson" | "spearman" | "accuracy" | "macroF1" | "perplexity" | "tokenAccuracy" | "exactMatch" | "loss";
  readonly label: string;
  readonly higherIsBetter: boolean;
}

interface TaskBase {
  /** What is measured on the validation split, the headline first. */
  readonly metrics: readonly Metric[];
}

/** What a model can be fine-tuned to do. */
export type Task = TaskBase &
  (
    | { readonly kind: "regression"; readonly range: readonly [number, number] }
    | { readonly kind: "classification"; readonly classes: readonly string[] }
    | { readonly kind: "language-modelling"; readonly prompts: readonly string[] }
    /** Texts (`text`) and what should follow each (`second`). */
    | { readonly kind: "completion" }
  );

export type TaskKind = Task["kind"];

/** A task that comes with the page. */
export type BundledTask = Task & {
  readonly id: string;
  /** Whether an example is two texts that are to be read together. */
  readonly hasPairs: boolean;
  /** Files under `tasks/<id>/`. */
  readonly files: { readonly train: string; readonly dev: string };
  /** @throws CheckpointError naming file and line. */
  parse(text: string, file: string): Example[];
};

/** Whether a task is to predict tokens, which takes a model with scores of its own and no output layer besides. */
export function predictsTokens({ kind }: { readonly kind: TaskKind }): boolean {
  return kind === "language-modelling" || kind === "completion";
}

const loss: Metric = { id: "loss", label: "Validation loss", higherIsBetter: false };
const perplexity: Metric = { id: "perplexity", label: "Perplexity", higherIsBetter: false };

const metrics: Readonly<Record<TaskKind, readonly Metric[]>> = {
  regression: [
    { id: "pearson", label: "Pearson", higherIsBetter: true },
    { id: "spearman", label: "Spearman", higherIsBetter: true },
    loss,
  ],
  classification: [
    { id: "accuracy", label: "Accuracy", higherIsBetter: true },
    { id: "macroF1", label: "Macro F1", higherIsBetter: true },
    loss,
  ],
  "language-modelling": [perplexity, loss],
  completion: [
    perplexity,
    { id: "tokenAccuracy", label: "Token accuracy", higherIsBetter: true },
    { id: "exactMatch", label: "Exact match", higherIsBetter: true },
    loss,
  ],
};

/** What is measured of tasks of a kind, whatever they are about. */
export function metricsOf(kind: TaskKind): readonly Metric[] {
  return metrics[kind];
}

/** Every bundled task, by the name that settings and links use. */
export const tasks = {
  "verse-sts": {
    id: "verse-sts",
    kind: "regression",
    hasPairs: true,
    range: [0, 5],
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["sentence1", "sentence2", "score"]).map(({ cells: [first, second, score], where }) => ({
        text: first!,
        second: second!,
        label: numberIn(score!, 0, 5, where),
      })),
    metrics: metrics.regression,
  },
  authors: {
    id: "authors",
    kind: "classification",
    hasPairs: false,
    classes: ["Austen", "Melville", "a president", "the Bible"],
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["sentence", "label"]).map(({ cells: [sentence, label], where }) => ({
        text: sentence!,
        label: numberIn(label!, 0, 3, where),
      })),
    metrics: metrics.classification,
  },
  kjv: {
    id: "kjv",
    kind: "language-modelling",
    hasPairs: false,
    prompts: ["And the king said", "In the morning"],
    files: { train: "train.txt", dev: "dev.txt" },
    parse: (text) =>
      text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .map((line) => ({ text: line })),
    metrics: metrics["language-modelling"],
  },
  "king-james": {
    id: "king-james",
    kind: "completion",
    hasPairs: false,
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["prompt", "completion"]).map(({ cells: [prompt, completion] }) => ({
        text: prompt!,
        second: completion!,
      })),
    metrics: metrics.completion,
  },
} as const satisfies Record<string, BundledTask>;

/** Tasks as settings call them: bundled ones, and `own` for rows of a file that somebody opened. */
export type TaskName = keyof typeof tasks | "custom";

/** The settings that say what a task is. */
export interface TaskChoice {
  readonly task: TaskName;
  readonly dataKind: TaskKind;
  /** The column of the second text; 0 is none. */
  readonly dataSecond: number;
}

/** What settings alone say of a task, before any of its data is there. */
export interface TaskTraits {
  readonly kind: TaskKind;
  /** Whether an example is two texts that are to be read together. */
  readonly hasPairs: boolean;
}

export function taskTraitsOf({ task, dataKind, dataSecond }: TaskChoice): TaskTraits {
  if (task !== "custom") return tasks[task];
  return { kind: dataKind, hasPairs: !predictsTokens({ kind: dataKind }) && dataSecond > 0 };
}

/** The cells of a tab-separated file below its header. */
function rowsOf(text: string, file: string, header: readonly string[]): { cells: string[]; where: string }[] {
  const [first, ...lines] = text.split(/\r?\n/);
  if (first !== header.join("\t")) {
    throw new CheckpointError(
      `${file}, line 1: the columns are "${first}"`,
      `They must be ${header.join(", ")}, separated by tabs.`,
    );
  }
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    const where = `${file}, line ${index + 2}`;
    const cells = line.split("\t");
    if (cells.length !== header.length) {
      throw new CheckpointError(
        `${where}: ${cells.length} cells where ${header.length} belong`,
        `A row is ${header.join(", ")}, separated by tabs.`,
      );
    }
    return [{ cells, where }];
  });
}

function numberIn(cell: string, min: number, max: number, where: string): number {
  const value = Number(cell);
  if (cell.trim() === "" || !(value >= min && value <= max)) {
    throw new CheckpointError(`${where}: "${cell}" is no label`, `It must be a number from ${min} to ${max}.`);
  }
  return value;
}
