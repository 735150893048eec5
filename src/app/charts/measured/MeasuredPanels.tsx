import type { Column } from "../../../engine/methods/diagnostics/diagnostic.ts";
import { diagnostics, type MeasurementName } from "../../../engine/methods/diagnostics/index.ts";
import { decimal } from "../../format.ts";
import { framesOf, layerValues, type RunRecord } from "../../state/runRecord.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { linearAxis } from "../plot/axis.ts";
import { EndLabels } from "../plot/EndLabels.tsx";
import { Plot } from "../plot/Plot.tsx";
import { pathOf } from "../plot/path.ts";

const HEIGHT = 240;

/** A panel for every diagnostic that is measured and drawn as lines. */
export function MeasuredPanels({ record, layer }: { record: RunRecord | undefined; layer: number }) {
  const measured = Object.entries(record?.summary?.measured ?? {}) as [MeasurementName, readonly Column[]][];
  return measured
    .filter(([name]) => diagnostics[name].chart === "lines")
    .map(([name, columns]) => (
      <MeasuredPanel key={name} name={name} columns={columns} record={record!} layer={layer} />
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
  const id = layers[layer]?.id;
  const names = columns.flatMap(({ name: column, count }) =>
    count === undefined ? [column] : Array.from({ length: count }, (_, at) => `${column} ${at + 1}`),
  );
  const frames = framesOf(record, name);
  const valuesAt = (frame: (typeof frames)[number], of = layer) => [...layerValues(record, frame, of, name)];
  const last = frames.at(-1);
  const { look } = record;
  const largest = Math.max(...frames.flatMap((frame) => valuesAt(frame)).filter(Number.isFinite));
  const now = last ? valuesAt(last).map((value, at) => `${names[at]} ${decimal(value)}`) : [];
  return (
    <ChartCard
      id={name}
      title={label}
      about={id && `layer ${id}`}
      summary={last ? `At step ${last.step}, layer ${id}: ${now.join(", ")}.` : "Nothing has been measured yet."}
      note={equation}
      table={
        last &&
        (() => ({
          head: ["Step", "Layer", ...names],
          rows: frames.flatMap((frame) =>
            layers.map((each, at) => [String(frame.step), each.id, ...valuesAt(frame, at).map(String)]),
          ),
        }))
      }
    >
      {!last ? (
        <p className="empty">One line a value, once it has been measured.</p>
      ) : (
        <Plot
          label={`${label}, layer ${id}`}
          steps={record.config.steps}
          axis={linearAxis(0, largest > 0 ? largest : 1)}
          height={HEIGHT}
          labelWidth={16}
          measuredAt={frames.map(({ step }) => step)}
          readings={(step) => {
            const frame = frames.findLast((each) => each.step <= step);
            return frame ? valuesAt(frame).map((value, at) => ({ look, name: names[at]!, value: decimal(value) })) : [];
          }}
        >
          {(place) => (
            <g className={`look-${look}`}>
              {names.map((line, at) => (
                <path
                  key={line}
                  className={`run-line ${at === 0 ? "grown" : "small"}`}
                  d={pathOf(
                    frames.map((frame) => [frame.step, valuesAt(frame)[at]!] as const),
                    place,
                  )}
                />
              ))}
              <EndLabels
                place={place}
                labels={valuesAt(last)
                  .map((value, at) => ({
                    look,
                    text: `${names[at]} ${decimal(value)}`,
                    at: [last.step, value] as const,
                  }))
                  .slice(0, 12)}
              />
            </g>
          )}
        </Plot>
      )}
    </ChartCard>
  );
}
