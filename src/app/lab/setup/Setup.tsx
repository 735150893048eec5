import type { Field } from "../../../engine/field.ts";
import { diagnosticFields } from "../../../engine/methods/diagnostics/index.ts";
import { methodFields } from "../../../engine/methods/index.ts";
import { optimizerFields } from "../../../engine/methods/optimizers/index.ts";
import { rankFields } from "../../../engine/methods/ranks/index.ts";
import type { FieldName } from "../../../engine/settings/config.ts";
import { dataFields } from "../../../engine/settings/dataFields.ts";
import { isCurrent, obstaclesOf } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";
import { FieldLink } from "./FieldLink.tsx";
import { NotesForm } from "./Notes.tsx";
import { type Group, SetupGroup } from "./SetupGroup.tsx";

const groups: readonly Group[] = [
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
      "kernels",
    ],
  },
  {
    title: "Measurement",
    fields: ["evaluateEvery", "spectrumEvery"],
    more: namesOf(diagnosticFields),
  },
];

function namesOf<F extends object>(fields: F): (keyof F & FieldName)[] {
  return Object.keys(fields) as (keyof F & FieldName)[];
}

/** The settings that methods bring, in the order of their families. */
function methodSettings(isMinor: boolean): FieldName[] {
  const fields: Readonly<Record<string, Field>> = methodFields;
  return namesOf(methodFields).filter((name) => (fields[name]!.isMinor ?? false) === isMinor);
}

/** Where a setting is; those about custom data are part of the task. */
function groupOf(name: FieldName): Group | undefined {
  const own = Object.hasOwn(dataFields, name) ? "task" : name;
  return groups.find(({ fields, more = [] }) => [...fields, ...more].includes(own));
}

/** The experiment, top to bottom in the order in which it is built. */
export function Setup() {
  const state = useLab();
  const { config, current, phase } = state;
  const problems = obstaclesOf(state);
  const isPending = current !== undefined && phase !== "empty" && !isCurrent(state);
  return (
    <form className="setup" aria-label="Setup" onSubmit={(event) => event.preventDefault()}>
      {isPending && (
        <p className="chip" role="status">
          Changes apply to the next run.
        </p>
      )}
      {groups.map((group, index) => (
        <SetupGroup
          key={group.title}
          group={group}
          number={index + 1}
          config={config}
          hasProblem={problems.some(({ field }) => groupOf(field) === group)}
        />
      ))}
      <NotesForm />
      {problems.length > 0 && (
        <div className="problems" role="alert">
          <strong>This cannot run yet:</strong>
          <ul>
            {problems.map(({ field, problem }) => (
              <li key={field + problem}>
                <FieldLink name={field} />: {problem}.
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}
