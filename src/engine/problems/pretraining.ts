import { choice } from "../field.ts";
import { initialised } from "../model/initialise.ts";
import { TrainingSession } from "../run/session.ts";
import { type RunConfig, runFields } from "../settings/config.ts";
import { problem } from "./problem.ts";
import { smallRun } from "./smallRun.ts";

/** A transformer of a checkpoint's architecture and tokenizer on the examples of a task, from random weights. */
export const pretraining = problem({
  label: "Training from random weights",
  source: "Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
  equation: "min mean ℓ(model(x; W), y), W ~ N(0, 0.02²)",
  fields: {
    ...runFields,
    model: { ...runFields.model, initial: "pd-gpt" as string },
    task: { ...runFields.task, initial: "kjv" as RunConfig["task"] },
    method: choice("Method", "full", { full: runFields.method.options.full }, "Everything is trained."),
    learningRate: { ...runFields.learningRate, initial: 1e-3 },
  },
  small: smallRun,
  prepare: ({ device, settings, sources, report }) =>
    TrainingSession.prepare(device, settings, sources, report, (model) => initialised(model, settings.seed)),
});
