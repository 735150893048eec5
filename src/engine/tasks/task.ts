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
  readonly id: string;
  /** Files under `tasks/<id>/`. */
  readonly files: { readonly train: string; readonly dev: string };
  /** @throws CheckpointError naming file and line. */
  parse(text: string, file: string): Example[];
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

/** Whether a task is to predict tokens, which takes a model with scores of its own and no output layer besides. */
export function predictsTokens({ kind }: Task): boolean {
  return kind === "language-modelling" || kind === "completion";
}

const loss: Metric = { id: "loss", label: "Validation loss", higherIsBetter: false };
const perplexity: Metric = { id: "perplexity", label: "Perplexity", higherIsBetter: false };

/** What is measured of completions, whatever they are of. */
export const completionMetrics: readonly Metric[] = [
  perplexity,
  { id: "tokenAccuracy", label: "Token accuracy", higherIsBetter: true },
  { id: "exactMatch", label: "Exact match", higherIsBetter: true },
  loss,
];

/** Every bundled task, by the name that settings and links use. */
export const tasks = {
  "verse-sts": {
    id: "verse-sts",
    kind: "regression",
    range: [0, 5],
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["sentence1", "sentence2", "score"]).map(({ cells: [first, second, score], where }) => ({
        text: first!,
        second: second!,
        label: numberIn(score!, 0, 5, where),
      })),
    metrics: [
      { id: "pearson", label: "Pearson", higherIsBetter: true },
      { id: "spearman", label: "Spearman", higherIsBetter: true },
      loss,
    ],
  },
  authors: {
    id: "authors",
    kind: "classification",
    classes: ["Austen", "Melville", "a president", "the Bible"],
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["sentence", "label"]).map(({ cells: [sentence, label], where }) => ({
        text: sentence!,
        label: numberIn(label!, 0, 3, where),
      })),
    metrics: [
      { id: "accuracy", label: "Accuracy", higherIsBetter: true },
      { id: "macroF1", label: "Macro F1", higherIsBetter: true },
      loss,
    ],
  },
  kjv: {
    id: "kjv",
    kind: "language-modelling",
    prompts: ["And the king said", "In the morning"],
    files: { train: "train.txt", dev: "dev.txt" },
    parse: (text) =>
      text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .map((line) => ({ text: line })),
    metrics: [perplexity, loss],
  },
  "king-james": {
    id: "king-james",
    kind: "completion",
    files: { train: "train.tsv", dev: "dev.tsv" },
    parse: (text, file) =>
      rowsOf(text, file, ["prompt", "completion"]).map(({ cells: [prompt, completion] }) => ({
        text: prompt!,
        second: completion!,
      })),
    metrics: completionMetrics,
  },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof tasks;

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
