import type { EncodedExample } from "./encode.ts";
import { accuracy, argmax, macroF1, matches, pearson, perplexity, softmax, spearman } from "./metrics.ts";
import type { Task } from "./task.ts";

/** What a model said of the validation split, example by example. */
export interface Predictions {
  /**
   * A score or class logits of each example, or the likeliest token at every position where a completion is to be
   * predicted; empty in language modelling.
   */
  readonly outputs: readonly (readonly number[])[];
  /** Mean loss per example, or per token. */
  readonly loss: number;
}

/** The task's metrics by name. */
export function score(
  task: Task,
  examples: readonly EncodedExample[],
  { outputs, loss }: Predictions,
): Record<string, number> {
  const labels = examples.map(({ labels: [label] }) => label!);
  switch (task.kind) {
    case "regression": {
      const scores = outputs.map(([value]) => value!);
      return { pearson: pearson(scores, labels), spearman: spearman(scores, labels), loss };
    }
    case "classification": {
      const predicted = outputs.map(argmax);
      return { accuracy: accuracy(predicted, labels), macroF1: macroF1(predicted, labels, task.classes.length), loss };
    }
    case "language-modelling":
      return { perplexity: perplexity(loss), loss };
    case "completion": {
      const { tokenAccuracy, exactMatch } = matches(
        examples.map(({ labels: expected, weights }, index) => ({ predicted: outputs[index]!, expected, weights })),
      );
      return { perplexity: perplexity(loss), tokenAccuracy, exactMatch, loss };
    }
  }
}

/** A prediction in words. */
export function inWords(task: Task, output: readonly number[]): string {
  if (task.kind === "classification") {
    const best = argmax(output);
    return `${task.classes[best]} (${Math.round(100 * softmax(output)[best]!)} %)`;
  }
  return scoreInWords(task, output[0]!);
}

/** A label in words. */
export function expectedInWords(task: Task, label: number): string {
  return task.kind === "classification" ? task.classes[label]! : scoreInWords(task, label);
}

/** With as many digits as tell scores apart that are a fiftieth of their range from each other. */
function scoreInWords(task: Task, score: number): string {
  const span = task.kind === "regression" ? task.range[1] - task.range[0] : 5;
  return score.toFixed(Math.min(6, Math.max(0, Math.ceil(Math.log10(50 / span)))));
}
