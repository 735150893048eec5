import type { Field } from "../../../engine/field.ts";
import { diagnosticFields } from "../../../engine/methods/diagnostics/index.ts";
import { methodFields } from "../../../engine/methods/index.ts";
import { optimizerFields } from "../../../engine/methods/optimizers/index.ts";
import { rankFields } from "../../../engine/methods/ranks/index.ts";
import type { FieldName } from "../../../engine/settings/config.ts";

/** Settings that belong together. */
export interface Group {
  readonly title: string;
  readonly fields: readonly FieldName[];
  /** Settings that most runs leave alone. */
  readonly more?: readonly FieldName[];
}

/** What most visitors change: seen at once, all else under All settings. */
export const mainFields = [
  "model",
  "task",
  "method",
  "rank",
  "learningRate",
  "steps",
] as const satisfies readonly FieldName[];

/** All other settings, top to bottom; those that methods bring are where their families are. */
export const groups: readonly Group[] = [
  { title: "Task", fields: ["pairing", "shots"], more: ["maxTokens", "validationRows"] },
  {
    title: "Adapter",
    fields: methodSettings(false),
    more: ["targets", ...methodSettings(true), ...namesOf(rankFields)],
  },
  {
    title: "Training",
    fields: ["batchSize", "seed"],
    more: [
      "schedule",
      "warmupSteps",
      "head",
      "headLearningRate",
      "optimizer",
      ...namesOf(optimizerFields),
      "weightDecay",
      "weightDecayOn",
      "clipNorm",
      "dropout",
      "accumulationSteps",
      "changes",
      "gradientCheckpointing",
      "activationFormat",
      "kernels",
    ],
  },
  {
    title: "Measurement",
    fields: ["evaluateEvery", "spectrumEvery"],
    more: namesOf(diagnosticFields),
  },
];

/** Settings by their names. */
export function namesOf<F extends object>(fields: F): (keyof F & FieldName)[] {
  return Object.keys(fields) as (keyof F & FieldName)[];
}

/** The settings that methods bring, in the order of their families. */
function methodSettings(isMinor: boolean): FieldName[] {
  const fields: Readonly<Record<string, Field>> = methodFields;
  const main: readonly FieldName[] = mainFields;
  return namesOf(methodFields).filter((name) => (fields[name]!.isMinor ?? false) === isMinor && !main.includes(name));
}

/** Where a setting is, unless it is among the main ones or about custom data, which are beside the task. */
export function groupOf(name: FieldName): Group | undefined {
  return groups.find(({ fields, more = [] }) => [...fields, ...more].includes(name));
}
