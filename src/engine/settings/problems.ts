import { ConfigError } from "../errors.ts";
import { expectation, type Field, parseField } from "../field.ts";
import { diagnosticFields, measurementsOf } from "../methods/diagnostics/index.ts";
import { methodFields, methodNamed } from "../methods/index.ts";
import { optimizerFields, optimizers } from "../methods/optimizers/index.ts";
import type { Optimizer } from "../methods/optimizers/optimizer.ts";
import { rankFields, scheduleOf } from "../methods/ranks/index.ts";
import { modelShapes } from "../model/modelShapes.ts";
import { type ModelCatalogue, pickedLayers } from "../model/modelSummary.ts";
import { describeReference } from "../model/reference.ts";
import { predictsTokens, taskTraitsOf } from "../tasks/task.ts";
import { problemOfChanges } from "./changes.ts";
import { type FieldName, fieldNames, type RunConfig, runFields } from "./config.ts";
import { dataFieldApplies, dataFields, dataProblemsOf } from "./dataFields.ts";
import { methodProblemsOf } from "./methodProblems.ts";

/** Language models are tied to their embeddings; the other tasks put an output layer of their own on top. */
function hasHead(config: RunConfig): boolean {
  return !predictsTokens(taskTraitsOf(config));
}

/** Whether a setting is about custom data. */
function isDataField(name: FieldName): name is keyof typeof dataFields {
  return Object.hasOwn(dataFields, name);
}

function isOptimizerField(name: FieldName): name is keyof typeof optimizerFields {
  return Object.hasOwn(optimizerFields, name);
}

/** An optimizer that is unknown yet has no settings. */
function optimizerFieldApplies(name: FieldName, config: RunConfig): boolean {
  const entry: Optimizer | undefined = optimizers[config.optimizer];
  return entry !== undefined && Object.hasOwn(entry.fields, name) && (entry.applies?.(name, config) ?? true);
}

/** A schedule can be chosen for updates, and is shown where it was chosen all the same. */
function rankFieldApplies(name: FieldName, config: RunConfig): boolean {
  const chosen = scheduleOf(config);
  if (name === "rankSchedule") return methodNamed(config.method).trains === "updates" || chosen !== undefined;
  return chosen !== undefined && Object.hasOwn(chosen.schedule.fields, name);
}

/** Whether the field means anything under the rest of the settings; others are neither shown nor put in links. */
export function applies(name: FieldName, config: RunConfig, models: ModelCatalogue = modelShapes): boolean {
  const method = methodNamed(config.method);
  const isMeasured = Object.hasOwn(diagnosticFields, name);
  if (isMeasured) return method.trains !== "head";
  if (
    name === "calibrationBatches" &&
    method.trains !== "head" &&
    measurementsOf(config).some(({ entry }) => entry.keep)
  )
    return true;
  if (Object.hasOwn(methodFields, name)) {
    return Object.hasOwn(method.fields, name) && (method.fields[name]!.appliesIf?.(config) ?? true);
  }
  if (isOptimizerField(name)) return optimizerFieldApplies(name, config);
  if (Object.hasOwn(rankFields, name)) return rankFieldApplies(name, config);
  if (isDataField(name)) return config.task === "custom" && dataFieldApplies(name, config);
  switch (name) {
    case "pairing":
      return taskTraitsOf(config).hasPairs && (models[config.model]?.packsPairs ?? false);
    case "weightDecayOn":
      return config.weightDecay > 0;
    case "targets":
      return method.trains !== "head";
    case "head":
    case "headLearningRate":
      return hasHead(config) && (name === "head" || (config.head === "trained" && method.trains !== "head"));
    default:
      return true;
  }
}

/** What is wrong with a setting. */
export interface SettingProblem {
  readonly field: FieldName;
  readonly problem: string;
}

/**
 * Sentences on what is wrong with a configuration, each with the field that it is about; empty when it can run.
 *
 * @param models what is known of models besides the bundled ones; settings for others cannot be judged, nor run.
 * @param opened data files that are at hand; without it none is missed.
 */
export function problemsOf(
  config: RunConfig,
  models: ModelCatalogue = modelShapes,
  opened?: ReadonlySet<string>,
): SettingProblem[] {
  const problems: SettingProblem[] = [];
  for (const name of fieldNames) {
    if (!applies(name, config, models)) continue;
    const field: Field = runFields[name];
    if (parseField(field, String(config[name])) === undefined) {
      problems.push({ field: name, problem: `${name} must be ${expectation(field)}, not "${config[name]}"` });
    }
  }
  // What follows compares settings that can each be read.
  if (problems.length > 0) return problems;
  if (config.task === "custom") problems.push(...dataProblemsOf(config, opened));
  const model = models[config.model];
  if (!model) {
    const problem = `${describeReference(config.model)} has yet to be opened in this tab`;
    return [{ field: "model", problem }, ...problems];
  }
  const { positions } = model;
  if (config.maxTokens > positions) {
    problems.push({
      field: "maxTokens",
      problem: `${config.model} reads texts of up to ${positions} tokens, not ${config.maxTokens}`,
    });
  }
  const isElsewhere = config.targets !== "pooler" && pickedLayers(model, config.targets, !hasHead(config)).size === 0;
  if (applies("targets", config, models) && isElsewhere) {
    problems.push({ field: "targets", problem: `none of the layers named is in ${config.model}` });
  }
  if (!hasHead(config) && !model.isGenerative) {
    problems.push({ field: "task", problem: "only models such as pd-gpt can write text; choose one, or another task" });
  }
  if (taskTraitsOf(config).kind === "language-modelling" && model.isEncoderDecoder) {
    problems.push({
      field: "task",
      problem: `${describeReference(config.model)} writes answers to texts; choose a task of prompts and completions`,
    });
  }
  if (hasHead(config) && config.model === "pd-gpt") {
    problems.push({
      field: "task",
      problem: "pd-gpt is bundled for writing (kjv, king-james); choose pd-bert or use-lite for this task",
    });
  }
  const unmade = problemOfChanges(
    config.changes,
    config.steps,
    (name, value) => parseField(runFields[name], value) !== undefined,
  );
  if (unmade) problems.push({ field: "changes", problem: unmade });
  const { batchSize, accumulationSteps: steps } = config;
  if (batchSize % steps !== 0) {
    problems.push({
      field: "accumulationSteps",
      problem: `a batch of ${batchSize} has no ${steps} equal parts; choose ${nearestDivisors(batchSize, steps)}`,
    });
  }
  problems.push(...methodProblemsOf(config, model, { hasHead: hasHead(config) }));
  return problems;
}

/** The next smaller and the next larger number that divide `whole`: "2 or 4". */
function nearestDivisors(whole: number, number: number): string {
  const divisors = Array.from({ length: whole }, (_, index) => index + 1).filter((each) => whole % each === 0);
  const [smaller, larger] = [divisors.findLast((each) => each < number), divisors.find((each) => each > number)];
  return [smaller, larger].filter((each) => each !== undefined).join(" or ");
}

/** @throws ConfigError naming the first problem. */
export function assertRunnable(config: RunConfig, models?: ModelCatalogue): void {
  const [first] = problemsOf(config, models);
  if (first) throw new ConfigError(first.problem);
}
