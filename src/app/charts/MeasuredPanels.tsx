import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Column } from "../../engine/methods/diagnostics/diagnostic.ts";
import { diagnostics, type MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import { decimal } from "../format.ts";
import { framesOf, layerValues, type RunRecord } from "../state/runRecord.ts";
import { lab, useLab } from "../state/store.ts";
import { Panel } from "./Panel.tsx";

/** A panel for every diagnostic that is measured and drawn as lines. */
export function MeasuredPanels() {
  const { current, layer } = useLab();
  const measured = Object.entries(current?.summary?.measured ?? {}) as [MeasurementName, readonly Column[]][];
  return measured
    .filter(([name]) => diagnostics[name].chart === "lines")
    .map(([name, columns]) => (
      <MeasuredPanel key={name} name={name} columns={columns} record={current!} layer={layer} />
    ));
}

interface Props {
  readonly name: MeasurementName;
  readonly columns: readonly Column[];
  readonly record: RunRecord;
  readonly layer: number;
}

/** What a diagnostic gave for one layer, over the steps. */
function MeasuredPanel({ name, columns, record, layer }: Props) {
  const { label, equation } = diagnostics[name];
  const layers = record.summary!.layers;
  const names = columns.flatMap(({ name: column, count }) =>
    count === undefined ? [column] : Array.from({ length: count }, (_, at) => `${column} ${at + 1}`),
  );
  const frames = framesOf(record, name);
  const valuesAt = (frame: (typeof frames)[number], of: number) => [...layerValues(record, frame, of, name)];
  const points = frames.map((frame) => ({
    step: frame.step,
    ...Object.fromEntries(valuesAt(frame, layer).map((value, at) => [names[at]!, value])),
  }));
  const last = frames.at(-1);
  const now = last ? valuesAt(last, layer).map((value, at) => `${names[at]} ${decimal(value)}`) : [];
  return (
    <Panel
      id={name}
      title={label}
      summary={
        last ? `At step ${last.step}, layer ${layers[layer]?.id}: ${now.join(", ")}.` : "Nothing has been measured yet."
      }
      note={equation}
      tools={
        <label className="inline">
          Layer
          <select value={layer} onChange={(event) => lab.showLayer(Number(event.target.value))}>
            {layers.map(({ id }, index) => (
              <option key={id} value={index}>
                {id}
              </option>
            ))}
          </select>
        </label>
      }
      table={{
        head: ["Layer", ...names],
        rows: last ? layers.map(({ id }, index) => [id, ...valuesAt(last, index).map(decimal)]) : [],
      }}
    >
      {points.length === 0 ? (
        <p className="empty">One line a value, once it has been measured.</p>
      ) : (
        <ResponsiveContainer width="100%" height={320}>
          <LineChart data={points} margin={{ top: 8, right: 4, bottom: 0, left: 0 }} accessibilityLayer>
            <CartesianGrid vertical={false} />
            <XAxis dataKey="step" type="number" domain={[0, "dataMax"]} tickLine={false} />
            <YAxis width="auto" domain={[0, "auto"]} tickLine={false} axisLine={false} tickFormatter={decimal} />
            <Tooltip
              isAnimationActive={false}
              labelFormatter={(step) => `Step ${step}`}
              formatter={(value, line) => [decimal(Number(value)), line]}
            />
            {names.map((line, at) => (
              <Line
                key={line}
                dataKey={line}
                className={`line ${at < (columns[0]?.count ?? 1) ? "train" : "validation"}`}
                isAnimationActive={false}
                dot={false}
                type="linear"
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      )}
    </Panel>
  );
}
