import { applies, type FieldName, methodEquations, type RunConfig, runFields } from "../../engine/train/config.ts";
import { updateSizeOf } from "../../engine/train/parameterCount.ts";
import { counted, short } from "../format.ts";
import { isCurrent, obstaclesOf } from "../labState.ts";
import { useLab } from "../store.ts";
import { FieldInput } from "./FieldInput.tsx";
import { MissingModel } from "./hub/MissingModel.tsx";
import { LayerPicker } from "./LayerPicker.tsx";
import { NotesForm } from "./Notes.tsx";
import { OpenModel } from "./OpenModel.tsx";
import { OwnData } from "./OwnData.tsx";

interface Group {
  readonly title: string;
  readonly fields: readonly FieldName[];
  /** Settings that most runs leave alone. */
  readonly more?: readonly FieldName[];
}

const groups: readonly Group[] = [
  { title: "Model", fields: ["model"] },
  { title: "Task", fields: ["task", "pairing", "shots"], more: ["maxTokens", "validationRows"] },
  {
    title: "Adapter",
    fields: ["method", "rank", "depth", "initScale", "alpha", "gamma"],
    more: ["targets", "bases", "calibrationBatches"],
  },
  {
    title: "Optimiser",
    fields: ["learningRate", "batchSize", "steps", "seed"],
    more: [
      "schedule",
      "warmupSteps",
      "head",
      "headLearningRate",
      "weightDecay",
      "epsilon",
      "clipNorm",
      "dropout",
      "evaluateEvery",
      "spectrumEvery",
    ],
  },
];

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
        <SetupGroup key={group.title} group={group} number={index + 1} config={config} />
      ))}
      <NotesForm />
      {problems.length > 0 && (
        <div className="problems" id="obstacles" role="alert">
          <strong>This cannot run yet:</strong>
          <ul>
            {problems.map(({ field, problem }) => (
              <li key={field + problem}>
                {runFields[field].label}: {problem}.
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}

function SetupGroup({ group, number, config }: { group: Group; number: number; config: RunConfig }) {
  const models = useLab((state) => state.models);
  const shown = (names: readonly FieldName[] = []) =>
    names
      .filter((name) => applies(name, config, models))
      .map((name) =>
        name === "targets" ? (
          <LayerPicker key={name} config={config} />
        ) : (
          <FieldInput key={name} name={name} config={config} />
        ),
      );
  const more = shown(group.more);
  return (
    <fieldset>
      <legend>
        <span className="number">{number}</span> {group.title}
      </legend>
      {shown(group.fields)}
      {group.title === "Model" && <MissingModel reference={config.model} />}
      {group.title === "Model" && <OpenModel />}
      {group.title === "Task" && <OwnData config={config} />}
      {group.title === "Adapter" && <Equation config={config} />}
      {more.length > 0 && (
        <details>
          <summary>More {group.title.toLowerCase()} settings</summary>
          {more}
        </details>
      )}
    </fieldset>
  );
}

/** The update in symbols, and what it costs: of the run on screen where these are its settings, else as it will be. */
function Equation({ config }: { config: RunConfig }) {
  const { current, models } = useLab();
  const decisive: readonly FieldName[] = [
    "model",
    "task",
    "data",
    "dataKind",
    "dataSecond",
    "dataLabel",
    "pairing",
    "method",
    "rank",
    "depth",
    "gamma",
    "targets",
    "head",
  ];
  const summary = decisive.every((name) => current?.config[name] === config[name]) ? current?.summary : undefined;
  const planned = updateSizeOf(config, models);
  return (
    <p className="equation">
      <span className="formula">{methodEquations[config.method]}</span>
      {summary ? (
        <span className="cost">
          {counted(summary.layers.length, "matrix", "matrices")} · {short(summary.adapterParameters)} parameters in
          updates, {short(summary.trainableParameters)} trained in all (
          {((100 * summary.trainableParameters) / summary.totalParameters).toPrecision(2)} % of the network)
        </span>
      ) : (
        planned && (
          <span className="cost">
            {counted(planned.layers, "matrix", "matrices")} · {short(planned.parameters)} parameters in updates
          </span>
        )
      )}
    </p>
  );
}
