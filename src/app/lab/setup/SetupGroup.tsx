import { useEffect, useState } from "react";
import { settingInWords } from "../../../engine/data/settingsInWords.ts";
import { type FieldName, type RunConfig, usualValue } from "../../../engine/settings/config.ts";
import { applies } from "../../../engine/settings/problems.ts";
import { useLab } from "../../state/store.ts";
import { FieldInput } from "./FieldInput.tsx";
import type { Group } from "./groups.ts";
import { LayerPicker } from "./LayerPicker.tsx";

interface SetupGroupProps {
  readonly group: Group;
  readonly config: RunConfig;
  /** Whether something here keeps the settings from being run. */
  readonly hasProblem: boolean;
}

/** Settings that belong together, and what they are in one line while they are folded away. */
export function SetupGroup({ group, config, hasProblem }: SetupGroupProps) {
  const models = useLab((state) => state.models);
  const [isOpen, setOpen] = useState(hasProblem);
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
  const fields = applying(group.fields);
  const more = applying(group.more);
  const changed = more.filter((name) => config[name] !== usualValue(name, config));
  const line = [...fields, ...changed].map((name) => settingInWords(name, config));
  if (fields.length === 0 && more.length === 0) return null;
  return (
    <fieldset>
      <legend className="visually-hidden">{group.title}</legend>
      <details className="group" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="title">{group.title}</span>
          {!isOpen && <span className="values">{line.join(" · ")}</span>}
        </summary>
        {inputs(fields)}
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
