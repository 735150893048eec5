import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { expectation, parseField } from "../../../engine/field.ts";
import { type Changeable, changeable, changesIn, settingAt } from "../../../engine/settings/changes.ts";
import { type RunConfig, runFields } from "../../../engine/settings/config.ts";
import { counted, sentence } from "../../format.ts";
import { lab, useLab } from "../../state/store.ts";
import { Drawer } from "../Drawer.tsx";

/** Settings that change while the run on screen trains, from its next step on. */
export function Adjust() {
  const current = useLab((state) => state.current);
  const step = useLab((state) => state.step);
  const phase = useLab((state) => state.phase);
  const isOpen = (phase === "training" || phase === "paused") && step > 0 && step < (current?.config.steps ?? 0);
  return (
    <Drawer label="Adjust" Icon={SlidersHorizontal} isDisabled={!isOpen}>
      {current && <Changes config={current.config} step={step} isOpen={isOpen} />}
    </Drawer>
  );
}

interface ChangesProps {
  readonly config: RunConfig;
  readonly step: number;
  readonly isOpen: boolean;
}

function Changes(props: ChangesProps) {
  return (
    <section className="panel adjust" aria-labelledby="adjust">
      <h2 id="adjust">Adjust this run</h2>
      <p>
        From its next step on, without another start. The link of the run says what changed and at which step, and
        repeats it: on the same kind of device, to the last bit.
      </p>
      {changeable.map((name) => (
        <Field key={name} name={name} {...props} />
      ))}
      <Made config={props.config} />
    </section>
  );
}

function Field({ name, config, step, isOpen }: ChangesProps & { readonly name: Changeable }) {
  const field = runFields[name];
  const now = settingAt(config, name, step);
  const [draft, setDraft] = useState<string>();
  const [asked, setAsked] = useState<number>();
  const parsed = draft === undefined ? now : (parseField(field, draft) as number | undefined);
  // The run takes it up before its next step; a validation may come first.
  const isPending = asked !== undefined && asked !== now && asked === parsed;
  return (
    <form
      className={`field ${parsed === undefined ? "wrong" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed === undefined || parsed === now) return;
        lab.change(name, parsed);
        setAsked(parsed);
      }}
    >
      <label htmlFor={`adjust-${name}`}>{field.label}</label>
      <div className="actions">
        <input
          id={`adjust-${name}`}
          value={draft ?? String(now)}
          inputMode="decimal"
          autoComplete="off"
          aria-invalid={parsed === undefined}
          aria-describedby={`adjust-${name}-help`}
          onChange={(event) => setDraft(event.target.value)}
        />
        <button type="submit" disabled={!isOpen || isPending || parsed === undefined || parsed === now}>
          {isPending ? "Changing …" : "Change"}
        </button>
      </div>
      <p className="help" id={`adjust-${name}-help`}>
        {parsed === undefined ? (
          <strong className="problem">{sentence(`${field.label} must be ${expectation(field)}`)}</strong>
        ) : name === "learningRate" ? (
          "The peak of the schedule, which goes on from here; the head’s rate changes in proportion."
        ) : (
          field.help
        )}
      </p>
    </form>
  );
}

/** What has changed so far, in the order of the steps. */
function Made({ config }: { config: RunConfig }) {
  const changes = changesIn(config.changes);
  if (changes.length === 0) return null;
  return (
    <>
      <h3>{sentence(counted(changes.length, "change", "changes")).replace(/\.$/, "")} so far</h3>
      <ul>
        {changes.map(({ step, name, value }) => (
          <li key={`${step} ${name}`}>
            from step {step}: {runFields[name].label.toLowerCase()} {value}
          </li>
        ))}
      </ul>
    </>
  );
}
