import { meanLabel, type RunData } from "../data/runData.ts";
import { methodNamed } from "../methods/index.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { RunConfig } from "../settings/config.ts";
import { classification, completion, languageModelling, type Objective, regression } from "./objective.ts";

// What settings mean for the parts of a run.

/** The head's learning rate as a share of the learning rate, which the stepScalars carries. */
export function headRateOf({ head, method, headLearningRate, learningRate }: RunConfig): number {
  if (head === "frozen") return 0;
  return methodNamed(method).trains === "head" ? 1 : headLearningRate / learningRate;
}

/** What is to be predicted, and how wrong a prediction is. */
export function objectiveOf(config: RunConfig, { transformer }: LoadedModel, data: RunData): Objective {
  const { task, reading } = data;
  const { seed } = config;
  switch (task.kind) {
    case "regression": {
      const range = task.range[1] - task.range[0];
      return regression(transformer, { reading, meanLabel: meanLabel(data.training), range, seed });
    }
    case "classification":
      return classification(transformer, { reading, classes: task.classes.length, seed });
    case "language-modelling":
      return languageModelling(transformer);
    case "completion":
      return completion(transformer);
  }
}
