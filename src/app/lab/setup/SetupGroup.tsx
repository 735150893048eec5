import { useEffect, useState } from "react";
import { settingInWords, valueInWords } from "../../../engine/data/settingsInWords.ts";
import { methodFields, methods } from "../../../engine/methods/index.ts";
import { scheduleOf } from "../../../engine/methods/ranks/index.ts";
import { type FieldName, type RunConfig, runFields, usualValue } from "../../../engine/settings/config.ts";
import { updateSizeOf } from "../../../engine/settings/parameterCount.ts";
import { applies } from "../../../engine/settings/problems.ts";
import { counted, short } from "../../format.ts";
import { useLab } from "../../state/store.ts";
import { CustomData } from "../data/CustomData.tsx";
import { MissingModel } from "../models/hub/MissingModel.tsx";
import { OpenModel } from "../models/OpenModel.tsx";
import { FieldInput } from "./FieldInput.tsx";
import { type Group, namesOf } from "./groups.ts";
import { LayerPicker } from "./LayerPicker.tsx";

interface SetupGroupProps {
  readonly group: Group;
  readonly number: number;
  readonly config: RunConfig;
  /** Whether something here keeps the settings from being run. */
  readonly hasProblem: boolean;
}

/** Where there is room, groups start unfolded; styles/narrow.css lays the page out by the same width. */
const ROOM = "(min-width: 56rem)";

/** Settings that belong together, and what they are in one line while they are folded away. */
export function SetupGroup({ group, number, config, hasProblem }: SetupGroupProps) {
  const models = useLab((state) => state.models);
  const [isOpen, setOpen] = useState(() => matchMedia(ROOM).matches || hasProblem);
  useEffect(() => {
    if (hasProblem) setOpen(true);
  }, [hasProblem]);
  const applying = (names: readonly FieldName[] = []) => names.filter((name) => applies(name, config, models));
  const inputs = (names: readonly FieldName[]) =>
    names.map((name) =>
      name === "targets" ? (
        <LayerPicker key={name} config={config} />
      ) : (
        <FieldInput key={name} name={name} config={config} />
      ),
    );
  const [first, ...others] = group.fields;
  const more = applying(group.more);
  const changed = more.filter((name) => config[name] !== usualValue(name, config));
  const line = [
    // What is chosen needs no label where it is the first thing that the group is about; a number does.
    runFields[first].kind === "choice" ? valueInWords(first, config) : settingInWords(first, config),
    ...[...applying(others), ...changed].map((name) => settingInWords(name, config)),
  ];
  return (
    <fieldset>
      <legend className="visually-hidden">{group.title}</legend>
      <details className="group" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="title">
            <span className="number">{number}</span> {group.title}
          </span>
          {!isOpen && <span className="values">{line.join(" · ")}</span>}
        </summary>
        {inputs([first, ...applying(others)])}
        {group.title === "Model" && <MissingModel reference={config.model} />}
        {group.title === "Model" && <OpenModel />}
        {group.title === "Task" && <CustomData config={config} />}
        {group.title === "Adapter" && <Equation config={config} />}
        {more.length > 0 && (
          <details>
            <summary>More {group.title.toLowerCase()} settings</summary>
            {inputs(more)}
          </details>
        )}
      </details>
    </fieldset>
  );
}

/** Settings on which the size of the update may depend. */
const decisive: readonly FieldName[] = [
  "model",
  "task",
  "data",
  "dataKind",
  "dataContext",
  "dataSecond",
  "dataLabel",
  "pairing",
  "method",
  ...namesOf(methodFields),
  "targets",
  "head",
];

/** The update in symbols, and what it costs: of the run on screen where these are its settings, else as it will be. */
function Equation({ config }: { config: RunConfig }) {
  const { current, models } = useLab();
  const summary = decisive.every((name) => current?.config[name] === config[name]) ? current?.summary : undefined;
  const planned = updateSizeOf(config, models);
  const ranks = scheduleOf(config);
  return (
    <p className="equation">
      <span className="formula">{methods[config.method].equation}</span>
      {ranks && <span className="formula">{ranks.schedule.equation}</span>}
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
