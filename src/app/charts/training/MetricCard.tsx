import { decimal } from "../../format.ts";
import { captionOf, shortName } from "../../state/runNames.ts";
import type { RunRecord } from "../../state/runRecord.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { linearAxis } from "../plot/axis.ts";
import { EndLabels } from "../plot/EndLabels.tsx";
import { Marks } from "../plot/Marks.tsx";
import { Plot } from "../plot/Plot.tsx";
import { pathOf } from "../plot/path.ts";
import { metricRange } from "./metricRange.ts";

const HEIGHT = 130;

/** The metric that the task is judged by, beside what it was before training. */
export function MetricCard({ runs: all }: { runs: readonly RunRecord[] }) {
  const [current] = all;
  const metric = current?.summary?.metrics[0];
  if (!current || !metric || metric.id === "loss") return null;
  const runs = all.filter(
    ({ config, summary }) =>
      config.task === current.config.task &&
      config.data === current.config.data &&
      summary?.metrics[0]?.id === metric.id,
  );
  const seriesOf = ({ evaluations }: RunRecord) =>
    evaluations.map(({ step, values }) => [step, values[metric.id]!] as const);
  const values = runs.flatMap((record) => seriesOf(record).map(([, value]) => value)).filter(Number.isFinite);
  const [before, ...later] = current.evaluations;
  const start = before?.step === 0 ? before.values[metric.id] : undefined;
  const now = later.at(-1)?.values[metric.id];
  const summary =
    start === undefined
      ? "Not measured yet."
      : `${metric.label} was ${decimal(start)} before training${now === undefined ? "" : ` and is ${decimal(now)}`}.`;
  const valueAt = (record: RunRecord, step: number) => seriesOf(record).findLast(([at]) => at <= step)?.[1];

  return (
    <ChartCard
      id="metric"
      title={metric.label}
      caption={captionOf(metric.label, runs)}
      about={`held out · ${metric.higherIsBetter ? "higher" : "lower"} is better`}
      summary={summary}
      table={
        values.length > 0
          ? () => ({
              head: ["Run", "Step", metric.label],
              rows: runs.flatMap((record) =>
                seriesOf(record).map(([step, value]) => [shortName(record), String(step), String(value)]),
              ),
            })
          : undefined
      }
    >
      {values.length === 0 ? (
        <p className="empty">Measured on examples that are never trained on.</p>
      ) : (
        <Plot
          label={metric.label}
          steps={Math.max(...runs.map(({ config }) => config.steps))}
          axis={linearAxis(...metricRange(values), 3)}
          height={HEIGHT}
          labelWidth={8}
          measuredAt={current.evaluations.map(({ step }) => step)}
          readings={(step) =>
            runs.flatMap((record) => {
              const value = valueAt(record, step);
              return value === undefined
                ? []
                : [
                    {
                      look: record.look,
                      name: runs.length > 1 ? shortName(record) : metric.label,
                      value: decimal(value),
                    },
                  ];
            })
          }
        >
          {(place) => (
            <>
              <Marks record={current} place={place} isTerse />
              {runs.toReversed().map((record) => (
                <g key={record.id} className={`look-${record.look}`}>
                  <path className="run-line grown" d={pathOf(seriesOf(record), place)} />
                  {seriesOf(record).map(([step, value]) => (
                    <circle key={step} className="head" cx={place.x(step)} cy={place.y(value)} r={3} />
                  ))}
                </g>
              ))}
              {start !== undefined && (
                <g className="before">
                  <line x1={place.left} x2={place.right} y1={place.y(start)} y2={place.y(start)} />
                  <text
                    x={place.right}
                    y={place.y(start) + (place.y(start) > place.bottom - 20 ? -6 : 17)}
                    textAnchor="end"
                  >
                    before training {decimal(start)}
                  </text>
                </g>
              )}
              <EndLabels
                place={place}
                labels={runs.flatMap((record) => {
                  const last = seriesOf(record).at(-1);
                  return last ? [{ look: record.look, text: decimal(last[1]), at: last, isStrong: true }] : [];
                })}
              />
            </>
          )}
        </Plot>
      )}
    </ChartCard>
  );
}
