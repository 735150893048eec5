import type { Field } from "../../../engine/field.ts";
import { diagnosticFields } from "../../../engine/methods/diagnostics/index.ts";
import { methodFields } from "../../../engine/methods/index.ts";
import { optimizerFields } from "../../../engine/methods/optimizers/index.ts";
import { rankFields } from "../../../engine/methods/ranks/index.ts";
import type { FieldName } from "../../../engine/settings/config.ts";
import { dataFields } from "../../../engine/settings/dataFields.ts";

/** Settings that belong together. */
export interface Group {
  readonly title: string;
  readonly fields: readonly [FieldName, ...FieldName[]];
  /** Settings that most runs leave alone. */
  readonly more?: readonly FieldName[];
}

/** The form, top to bottom; settings that methods bring are where their families are. */
export const groups: readonly Group[] = [
  { title: "Model", fields: ["model"] },
  { title: "Task", fields: ["task", "pairing", "shots"], more: ["maxTokens", "validationRows"] },
  {
    title: "Adapter",
    fields: ["method", ...methodSettings(false)],
    more: ["targets", ...methodSettings(true), ...namesOf(rankFields)],
  },
  {
    title: "Training",
    fields: ["learningRate", "batchSize", "steps", "seed"],
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
  return namesOf(methodFields).filter((name) => (fields[name]!.isMinor ?? false) === isMinor);
}

/** Where a setting is; those about custom data are part of the task. */
export function groupOf(name: FieldName): Group | undefined {
  const own = Object.hasOwn(dataFields, name) ? "task" : name;
  return groups.find(({ fields, more = [] }) => [...fields, ...more].includes(own));
}
