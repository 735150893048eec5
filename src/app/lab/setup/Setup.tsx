import { useEffect, useState } from "react";
import { scheduleOf } from "../../../engine/methods/ranks/index.ts";
import { changesIn } from "../../../engine/settings/changes.ts";
import { type FieldName, fieldNames, type RunConfig, runFields, usualValue } from "../../../engine/settings/config.ts";
import { applies } from "../../../engine/settings/problems.ts";
import { equationOf } from "../../state/factors.ts";
import { isCurrent } from "../../state/labState.ts";
import { lab, useLab } from "../../state/store.ts";
import { useObstacles } from "../../state/useObstacles.ts";
import { CustomData } from "../data/CustomData.tsx";
import { MissingModel } from "../models/hub/MissingModel.tsx";
import { OpenModel } from "../models/OpenModel.tsx";
import { Cost } from "./Cost.tsx";
import { FieldInput } from "./FieldInput.tsx";
import { FieldLink } from "./FieldLink.tsx";
import { groupOf, groups, mainFields } from "./groups.ts";
import { NotesForm } from "./Notes.tsx";
import { SetupGroup } from "./SetupGroup.tsx";

/** The experiment: what most visitors change, and all else one level below. */
export function Setup() {
  const config = useLab((state) => state.config);
  const models = useLab((state) => state.models);
  const isPending = useLab((state) => state.current !== undefined && state.phase !== "empty" && !isCurrent(state));
  const problems = useObstacles();
  const has = (name: FieldName) => applies(name, config, models);
  return (
    <form className="setup panel" aria-label="Setup" onSubmit={(event) => event.preventDefault()}>
      <div className="panel-head">
        <h2>Setup</h2>
        <span className="about">of the next run</span>
      </div>
      {isPending && (
        <p className="chip" role="status">
          Changes apply to the next run.
        </p>
      )}
      <FieldInput name="model" config={config} />
      <MissingModel reference={config.model} />
      <OpenModel />
      <FieldInput name="task" config={config} />
      <CustomData config={config} />
      <FieldInput name="method" config={config} />
      <Equation config={config} />
      {has("rank") && <FieldInput name="rank" config={config} />}
      {has("learningRate") && <FieldInput name="learningRate" config={config} />}
      <Changes config={config} />
      <FieldInput name="steps" config={config} />
      <AllSettings config={config} problems={problems.map(({ field }) => field)} />
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
      <Cost config={config} />
    </form>
  );
}

/** What changes while it trains, as somebody changed it: seen without looking for it among all settings. */
function Changes({ config }: { config: RunConfig }) {
  const changes = changesIn(config.changes);
  if (changes.length === 0) return null;
  return (
    <p className="chip">
      Changes while it trains:{" "}
      {changes
        .map(({ step, name, value }) => `${runFields[name].label.toLowerCase()} ${value} from step ${step} on`)
        .join(", ")}
      .{" "}
      <button type="button" className="field-link" onClick={() => lab.restore("changes")}>
        Leave them out
      </button>
    </p>
  );
}

/** The update in symbols. */
function Equation({ config }: { config: RunConfig }) {
  const ranks = scheduleOf(config);
  return (
    <p className="equation">
      <span className="formula">{equationOf(config)}</span>
      {ranks && <span className="formula">{ranks.schedule.equation}</span>}
    </p>
  );
}

/** Every other setting, in its group; folded away, it says what differs from the usual. */
function AllSettings({ config, problems }: { config: RunConfig; problems: readonly FieldName[] }) {
  const hasProblem = problems.some((name) => groupOf(name) !== undefined);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (hasProblem) setOpen(true);
  }, [hasProblem]);
  const main: readonly FieldName[] = mainFields;
  const changed = fieldNames.filter(
    (name) =>
      !main.includes(name) && groupOf(name) && applies(name, config) && config[name] !== usualValue(name, config),
  );
  const words = changed.map((name) => runFields[name].label);
  return (
    <details className="all-settings" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        All settings
        <span className="about" title={words.join(", ")}>
          {changed.length === 0
            ? "all others as usual"
            : `${changed.length} ${changed.length === 1 ? "differs" : "differ"} from the usual`}
        </span>
      </summary>
      {groups.map((group) => (
        <SetupGroup
          key={group.title}
          group={group}
          config={config}
          hasProblem={problems.some((field) => groupOf(field) === group)}
        />
      ))}
    </details>
  );
}
