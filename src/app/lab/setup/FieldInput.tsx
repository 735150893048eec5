import { Info, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { valueInWords } from "../../../engine/data/settingsInWords.ts";
import { expectation, type Field, parseField } from "../../../engine/field.ts";
import { describeReference } from "../../../engine/model/reference.ts";
import { type FieldName, type RunConfig, runFields, usualValue } from "../../../engine/settings/config.ts";
import { problemsOf } from "../../../engine/settings/problems.ts";
import { sentence } from "../../format.ts";
import { lab, useLab } from "../../state/store.ts";
import { fieldId } from "./FieldLink.tsx";
import { MethodPicker } from "./MethodPicker.tsx";
import { Slider, sliders } from "./Slider.tsx";

/** One setting: what it is, what it accepts, what is wrong with what was typed, and the way back to the default. */
export function FieldInput({ name, config }: { name: FieldName; config: RunConfig }) {
  const id = fieldId(name);
  const field: Field = runFields[name];
  const value = config[name];
  const models = useLab((state) => state.models);
  const data = useLab((state) => state.data);
  const [draft, setDraft] = useState<string>();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const usual = usualValue(name, config);
  const scale = sliders[name];
  const usualInWords = valueInWords(name, { ...config, [name]: usual });
  const parsed = draft === undefined ? value : parseField(field, draft);
  const isReadable = parsed !== undefined;
  useEffect(() => {
    lab.mark(name, isReadable);
    return () => lab.mark(name, true);
  }, [name, isReadable]);
  const problem =
    parsed === undefined
      ? `${field.label} must be ${expectation(field)}`
      : problemsOf(config, models, data).find((each) => each.field === name)?.problem;

  const change = (written: string) => {
    const next = parseField(field, written);
    setDraft(next === undefined || field.kind !== "choice" ? written : undefined);
    if (next !== undefined) lab.configure({ [name]: next });
  };
  // What was typed gives way to what was set elsewhere, unless it is still being corrected.
  const shown = draft !== undefined && (parsed === undefined || parsed === value) ? draft : String(value);

  return (
    <div className={`field ${problem ? "wrong" : ""} ${scale ? "with-slider" : ""}`}>
      <div className="field-head">
        <label htmlFor={id}>{field.label}</label>
        <button
          type="button"
          className="info"
          aria-expanded={isHelpOpen}
          aria-controls={`${id}-help`}
          onClick={() => setHelpOpen(!isHelpOpen)}
        >
          <Info aria-hidden="true" />
          <span className="visually-hidden">What {field.label} is</span>
        </button>
        {value !== usual && (
          <button
            type="button"
            className="reset-field"
            title={`Back to ${usualInWords}`}
            onClick={() => {
              setDraft(undefined);
              lab.restore(name);
            }}
          >
            <RotateCcw aria-hidden="true" />
            <span className="visually-hidden">
              Set {field.label} back to {usualInWords}
            </span>
          </button>
        )}
      </div>
      {name === "method" ? (
        <MethodPicker id={id} config={config} isWrong={problem !== undefined} onChange={change} />
      ) : field.kind === "choice" ? (
        <select
          id={id}
          value={String(value)}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => change(event.target.value)}
        >
          {!Object.hasOwn(field.options, String(value)) && (
            <option value={String(value)}>{describeReference(String(value))}</option>
          )}
          {Object.entries(field.options).map(([option, label]) => (
            <option key={option} value={option}>
              {label}
            </option>
          ))}
        </select>
      ) : (
        <>
          {scale && typeof value === "number" && (
            <Slider scale={scale} value={value} onChange={(next) => change(String(next))} />
          )}
          <input
            id={id}
            value={shown}
            inputMode={field.kind === "number" ? "decimal" : "text"}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-help`}
            onChange={(event) => change(event.target.value)}
            onBlur={() => parsed !== undefined && setDraft(undefined)}
          />
        </>
      )}
      <p id={`${id}-help`} className={isHelpOpen || problem ? "help" : "visually-hidden"}>
        {problem ? <strong className="problem">{sentence(problem)} </strong> : null}
        {field.help}
        {field.kind === "number" && ` ${field.whole ? "Whole, " : ""}${field.min} to ${field.max}.`}
      </p>
    </div>
  );
}
