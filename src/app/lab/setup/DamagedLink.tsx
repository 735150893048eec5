import { Pause, TriangleAlert, X } from "lucide-react";
import { settingInWords } from "../../../engine/data/settingsInWords.ts";
import { defaultConfig, fieldNames, runFields, usualValue } from "../../../engine/settings/config.ts";
import { applies } from "../../../engine/settings/problems.ts";
import type { Phase } from "../../state/phase.ts";
import type { SharedExperiment, SharedRun } from "../../state/share.ts";
import { lab, useLab } from "../../state/store.ts";
import { showField } from "./FieldLink.tsx";

/** Problems that are told one by one; a link that has more is not one that got a scratch. */
const MOST = 12;

/** A link that could not be read in full: says in what, and leaves it to the reader what becomes of it. */
export function DamagedLink({
  shared,
  onResolved,
}: {
  shared: Extract<SharedRun, { kind: "damaged" }>;
  onResolved: () => void;
}) {
  const { problems, readable } = shared;
  const open = ({ config, notes }: Partial<SharedExperiment>) => {
    lab.open(config ?? defaultConfig, notes);
    onResolved();
  };
  return (
    <>
      <section className="notice" role="alert" aria-labelledby="damaged">
        <h1 id="damaged">
          <TriangleAlert aria-hidden="true" /> This link could not be read in full
        </h1>
        <p>Nothing of it was started. What is wrong with it:</p>
        <ul>
          {problems.slice(0, MOST).map(({ text, field }) => (
            <li key={text}>
              <bdi>{text}</bdi>
              {readable && field && (
                <>
                  {" "}
                  <button
                    type="button"
                    className="field-link"
                    onClick={() => {
                      open(readable);
                      showField(field);
                    }}
                  >
                    Set {runFields[field].label}, and use the rest
                  </button>
                </>
              )}
            </li>
          ))}
          {problems.length > MOST && <li>and {problems.length - MOST} more</li>}
        </ul>
        {readable && <Readable {...readable} />}
        <p className="actions">
          {readable && (
            <button type="button" className="primary" onClick={() => open(readable)}>
              Use what could be read
            </button>
          )}
          <button type="button" onClick={() => open({})}>
            Start from the defaults
          </button>
        </p>
      </section>
      <RunGoesOn onBack={onResolved} />
    </>
  );
}

/** What the link would set: whoever wrote or sent it can tell whether that is what was meant. */
function Readable({ config, notes }: SharedExperiment) {
  const names = fieldNames.filter((name) => applies(name, config) && config[name] !== usualValue(name, config));
  return (
    <div className="readable">
      <p>
        {names.length > 0
          ? "What could be read, beside what is usual; a number of it may have been changed too:"
          : "All that could be read is as usual."}
      </p>
      {(names.length > 0 || notes.title !== "") && (
        <ul>
          {notes.title !== "" && (
            <li>
              Title <bdi>{notes.title}</bdi>
            </li>
          )}
          {names.map((name) => (
            <li key={name}>
              <bdi>{settingInWords(name, config)}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The run that is on is not the link's: says so, and leaves its Pause within reach. */
function RunGoesOn({ onBack }: { onBack: () => void }) {
  const { current, phase, step } = useLab();
  if (!current || phase === "empty") return null;
  return (
    <section className="notice" aria-labelledby="goes-on">
      <h2 id="goes-on">The run from before is still here</h2>
      <p className="line">
        {phaseWords[phase]}, step {step} of {current.config.steps}.
      </p>
      <p className="actions">
        {phase === "training" && (
          <button type="button" onClick={lab.pause}>
            <Pause aria-hidden="true" /> Pause
          </button>
        )}
        {phase === "preparing" && (
          <button type="button" onClick={lab.cancel}>
            <X aria-hidden="true" /> Cancel
          </button>
        )}
        <button type="button" onClick={onBack}>
          Leave the link and go back to the run
        </button>
      </p>
    </section>
  );
}

const phaseWords: Readonly<Record<Phase, string>> = {
  empty: "",
  preparing: "It is being prepared",
  training: "It goes on training",
  pausing: "It is about to pause",
  working: "It is at work",
  paused: "It is paused",
  finished: "It is finished",
  stopped: "It was stopped",
};
