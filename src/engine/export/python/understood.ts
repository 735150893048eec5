import { ConfigError } from "../../errors.ts";
import { diagnosticFields } from "../../methods/diagnostics/index.ts";
import { optimizers } from "../../methods/optimizers/index.ts";
import type { Optimizer } from "../../methods/optimizers/optimizer.ts";
import { defaultConfig, type FieldName, type RunConfig, runFields } from "../../settings/config.ts";
import { applies } from "../../settings/problems.ts";

/** Optimizers that have a counterpart in PyTorch; the program is given theirs with its settings. */
const inPython = Object.entries<Optimizer>(optimizers).filter(([, { python }]) => python !== undefined);
const optimizerSettings = inPython.flatMap(([, { fields }]) => Object.keys(fields));

/** Methods that the program has. */
export const pythonMethods: readonly string[] = [
  "deep-lora-compressed",
  "deep-lora-narrow",
  "deep-lora-full",
  "lora",
  "lora-paper",
  "full",
  "head",
];

/** Values of choices that the program acts on. */
const choices: Readonly<Partial<Record<FieldName, readonly string[]>>> = {
  method: pythonMethods,
  bases: ["gradient", "spectral", "random"],
  head: ["trained", "frozen"],
  schedule: ["constant", "linear", "cosine"],
  weightDecayOn: ["matrices", "all"],
  rankSchedule: ["none"],
  optimizer: inPython.map(([name]) => name),
};

/** Settings that the program acts on whatever their value, or that change nothing there. */
const others: ReadonlySet<string> = new Set([
  ...optimizerSettings,
  ...(["model", "task", "data", "pairing", "shots", "maxTokens", "rank", "depth", "initScale", "gamma"] as const),
  ...(["calibrationBatches", "alpha", "targets", "learningRate", "headLearningRate", "warmupSteps"] as const),
  ...([
    "batchSize",
    "accumulationSteps",
    "steps",
    "weightDecay",
    "clipNorm",
    "dropout",
    "gradientCheckpointing",
    "seed",
  ] as const),
  ...(["evaluateEvery", "validationRows", "spectrumEvery", "kernels"] as const),
  ...(Object.keys(diagnosticFields) as FieldName[]),
]);

/**
 * A setting that the program does not know would be left out of it, and the program would train something else.
 *
 * @throws ConfigError naming the setting.
 */
export function assertUnderstood(config: RunConfig): void {
  for (const [name, value] of Object.entries(config) as [FieldName, RunConfig[FieldName]][]) {
    const known = choices[name];
    // The rows go along as they were read.
    if (known ? known.includes(String(value)) : others.has(name) || name.startsWith("data")) continue;
    const means = Object.hasOwn(runFields, name) ? applies(name, config) && value !== defaultConfig[name] : true;
    if (!known && !means) continue;
    const label = Object.hasOwn(runFields, name) ? runFields[name].label : name;
    throw new ConfigError(
      `the Python program does not know ${label} "${value}" (${name})`,
      "Export the adapter or the merged model instead.",
    );
  }
}
