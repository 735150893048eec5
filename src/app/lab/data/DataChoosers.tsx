import type { DataDescription } from "../../../engine/data/inspectData.ts";
import { dataFieldApplies, dataFields } from "../../../engine/settings/dataFields.ts";
import { type DataSettings, hasColumns } from "../../../engine/tasks/custom/settings.ts";
import { fieldId } from "../setup/FieldLink.tsx";

type Column = "dataText" | "dataContext" | "dataSecond" | "dataLabel";
type Kind = DataSettings["dataKind"];

const shares = [0.05, 0.1, 0.2, 0.3, 0.5];

/** How a file is read: what was guessed, and everything else that it could be. */
export function DataChoosers({
  seen,
  change,
}: {
  seen: DataDescription;
  change: (asked: Partial<DataSettings>, chosen: readonly (keyof DataSettings)[]) => void;
}) {
  const { settings, columns } = seen;
  const set = (asked: Partial<DataSettings>) =>
    change({ ...settings, ...asked }, Object.keys(asked) as (keyof DataSettings)[]);
  const applies = (name: Parameters<typeof dataFieldApplies>[0]) => dataFieldApplies(name, settings);
  const column = (name: Column, label: string, canBeNone: boolean) =>
    applies(name) && (
      <Chooser
        name={name}
        label={label}
        value={String(settings[name])}
        choose={(value) => set({ [name]: Number(value) })}
      >
        {(canBeNone || settings[name] === 0) && <option value="0">none</option>}
        {columns.map((title, at) => (
          <option key={at} value={at + 1}>
            {at + 1} · {title}
          </option>
        ))}
        {settings[name] > columns.length && <option value={settings[name]}>{settings[name]} · not in this file</option>}
      </Chooser>
    );
  const { dataFormat, dataSeparator, dataHeader, dataKind, dataDecimal, dataValidation } = settings;
  /** Rows that are cut otherwise, or of which the first is another, make another table: the rest is guessed anew. */
  const anew = (asked: Partial<DataSettings>) =>
    change({ dataFormat, dataSeparator, dataHeader, ...asked }, Object.keys(asked) as (keyof DataSettings)[]);
  const isCompletion = dataKind === "completion";
  return (
    <div className="choosers">
      <Chooser
        name="dataFormat"
        label={dataFields.dataFormat.label}
        value={dataFormat}
        choose={(value) => change({ dataFormat: value as DataSettings["dataFormat"] }, ["dataFormat"])}
      >
        {optionsOf(dataFields.dataFormat.options)}
      </Chooser>
      {dataFormat === "tsv" && (
        <p className="help">Quotes are characters like others here; choose CSV where they enclose cells.</p>
      )}
      {applies("dataSeparator") && (
        <Chooser
          name="dataSeparator"
          label={dataFields.dataSeparator.label}
          value={dataSeparator}
          choose={(value) => anew({ dataSeparator: value as DataSettings["dataSeparator"] })}
        >
          {optionsOf(dataFields.dataSeparator.options)}
        </Chooser>
      )}
      {applies("dataHeader") && (
        <Chooser
          name="dataHeader"
          label={dataFields.dataHeader.label}
          value={dataHeader}
          choose={(value) => anew({ dataHeader: value as DataSettings["dataHeader"] })}
        >
          {optionsOf(dataFields.dataHeader.options)}
        </Chooser>
      )}
      {hasColumns(dataFormat) && (
        <Chooser
          name="dataKind"
          label={dataFields.dataKind.label}
          value={dataKind}
          choose={(value) => set(withKind(settings, value as Kind, columns.length))}
        >
          {optionsOf(dataFields.dataKind.options)}
        </Chooser>
      )}
      {column("dataText", isCompletion ? "Prompt" : "Text", false)}
      {column("dataContext", isCompletion ? "Context" : "Continued in", true)}
      {column("dataSecond", isCompletion ? "Completion" : "Second text", !isCompletion)}
      {column("dataLabel", "Label", false)}
      {applies("dataDecimal") && (
        <Chooser
          name="dataDecimal"
          label={dataFields.dataDecimal.label}
          value={dataDecimal}
          choose={(value) => set({ dataDecimal: value as DataSettings["dataDecimal"] })}
        >
          {optionsOf(dataFields.dataDecimal.options)}
        </Chooser>
      )}
      <Chooser
        name="dataValidation"
        label={dataFields.dataValidation.label}
        value={String(dataValidation)}
        choose={(value) => set({ dataValidation: Number(value) })}
      >
        {[...new Set([...shares, dataValidation])]
          .sort((a, b) => a - b)
          .map((share) => (
            <option key={share} value={share}>
              {Number((100 * share).toPrecision(3))} % of the rows
            </option>
          ))}
      </Chooser>
    </div>
  );
}

interface ChooserProps {
  readonly name: keyof typeof dataFields;
  readonly label: string;
  readonly value: string;
  readonly choose: (value: string) => void;
  readonly children: React.ReactNode;
}

function Chooser({ name, label, value, choose, children }: ChooserProps) {
  const id = fieldId(name);
  return (
    <div className="chooser">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.target.value)}>
        {children}
      </select>
    </div>
  );
}

function optionsOf(options: Readonly<Record<string, string>>) {
  return Object.entries(options).map(([value, words]) => (
    <option key={value} value={value}>
      {words}
    </option>
  ));
}

/** Another kind of task, with the first free columns for what it needs and has not got. */
function withKind(settings: DataSettings, dataKind: Kind, count: number): Partial<DataSettings> {
  const places = Array.from({ length: count }, (_, at) => at + 1);
  let { dataSecond, dataLabel } = settings;
  if (dataKind === "completion" && dataSecond === 0)
    dataSecond = places.find((place) => place !== settings.dataText) ?? 0;
  if ((dataKind === "classification" || dataKind === "regression") && dataLabel === 0) {
    // A completion is no second sentence of a pair; it may be the label.
    if (settings.dataKind === "completion" && count < 3) dataSecond = 0;
    dataLabel = places.findLast((place) => place !== settings.dataText && place !== dataSecond) ?? 0;
  }
  return { dataKind, dataSecond, dataLabel };
}
