import { useState } from "react";
import { counted, decimal } from "../../format.ts";
import { captionOf, namesAmong, shortName } from "../../state/runNames.ts";
import type { RunRecord } from "../../state/runRecord.ts";
import { smoothedLosses } from "../../state/smoothing.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { linearAxis, logAxis } from "../plot/axis.ts";
import { type EndLabel, EndLabels } from "../plot/EndLabels.tsx";
import { Marks } from "../plot/Marks.tsx";
import { Plot, type Reading } from "../plot/Plot.tsx";
import { type Place, pathOf, sampled } from "../plot/path.ts";

/** Points of a line: more would not be seen. */
const POINTS = 400;
const HEIGHT = 210;

/** What runs are called, where there are several. */
type Naming = ((record: RunRecord) => string) | undefined;

/** Training loss, by batch and smoothed, and validation loss. */
export function LossCard({ runs: all }: { runs: readonly RunRecord[] }) {
  const [isLog, setLog] = useState(false);
  const [current] = all;
  // Losses of another task are on another scale.
  const runs = all.filter(({ config }) => config.task === current?.config.task && config.data === current?.config.data);
  const points = runs.flatMap(({ rows, evaluations }) => [
    ...smoothedLosses(rows).map(({ smooth }) => smooth),
    ...evaluations.map(({ values }) => values.loss!),
  ]);
  const found = points.filter(Number.isFinite);
  const rows = current?.rows ?? [];
  const last = smoothedLosses(rows).at(-1);
  const summary =
    rows.length > 0 && last
      ? `Loss, smoothed, went from ${decimal(smoothedLosses(rows)[0]!.smooth)} to ${decimal(last.smooth)} in ${counted(rows.length, "step", "steps")}.`
      : "No steps have been taken yet.";
  const nameOf: Naming = runs.length > 1 ? namesAmong(runs) : undefined;
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const margin = 0.12 * (high - low);
  const axis =
    found.length === 0
      ? linearAxis(0, 1)
      : isLog && low > 0
        ? logAxis(low, high)
        : linearAxis(Math.max(0, low - margin), high + margin);

  return (
    <ChartCard
      id="loss"
      title="Loss"
      caption={captionOf("Loss", runs)}
      about="dots: single batches"
      summary={summary}
      tools={
        <label className="toggle">
          <input type="checkbox" checked={isLog} onChange={(event) => setLog(event.target.checked)} /> Log
        </label>
      }
      table={found.length > 0 ? () => tableOf(runs) : undefined}
    >
      {found.length === 0 ? (
        <p className="empty">The loss is drawn here, step by step.</p>
      ) : (
        <Plot
          label="Loss"
          steps={Math.max(...runs.map(({ config }) => config.steps))}
          axis={axis}
          height={HEIGHT}
          labelWidth={15}
          measuredAt={stepsOf(current!)}
          readings={(step) => runs.flatMap((record) => readingsOf(record, step, nameOf))}
        >
          {(place) => (
            <>
              <Marks record={current!} place={place} isTerse />
              {runs.toReversed().map((record) => (
                <Curves key={record.id} record={record} place={place} isAlone={runs.length === 1} />
              ))}
              <EndLabels labels={runs.flatMap((record) => labelsOf(record, nameOf))} place={place} />
            </>
          )}
        </Plot>
      )}
    </ChartCard>
  );
}

function Curves({ record, place, isAlone }: { record: RunRecord; place: Place; isAlone: boolean }) {
  const points = smoothedLosses(record.rows);
  const chosen = sampled(points.length, POINTS).map((at) => points[at]!);
  const dots = chosen.filter(({ loss }) => Number.isFinite(loss));
  const { evaluations } = record;
  return (
    <g className={`look-${record.look}`}>
      <path
        className="batches"
        d={dots.map(({ step, loss }) => `M${place.x(step).toFixed(1)} ${place.y(loss).toFixed(1)}h0`).join("")}
      />
      <path
        className="run-line grown"
        d={pathOf(
          chosen.map(({ step, smooth }) => [step, smooth] as const),
          place,
        )}
      />
      {isAlone && (
        <path
          className="validation-line"
          d={pathOf(
            evaluations.map(({ step, values }) => [step, values.loss!] as const),
            place,
          )}
        />
      )}
      {evaluations.map(({ step, values }) => (
        <circle key={step} className="ring" cx={place.x(step)} cy={place.y(values.loss!)} r={3.2} />
      ))}
    </g>
  );
}

function stepsOf({ rows, evaluations }: RunRecord): number[] {
  const steps = new Set([...evaluations.map(({ step }) => step), ...rows.map(({ step }) => step + 1)]);
  return [...steps].sort((a, b) => a - b);
}

/** The newest of both losses up to a step. */
function readingsOf(record: RunRecord, step: number, nameOf: Naming): Reading[] {
  const points = smoothedLosses(record.rows);
  const point = points[Math.min(points.length, step - (points[0]?.step ?? 1) + 1) - 1];
  const evaluation = record.evaluations.findLast((each) => each.step <= step);
  const prefix = nameOf ? `${nameOf(record)}, ` : "";
  return [
    ...(point && point.step <= step
      ? [
          { look: record.look, name: `${prefix}smoothed`, value: decimal(point.smooth) },
          ...(nameOf ? [] : [{ look: record.look, name: "batch", value: decimal(point.loss) }]),
        ]
      : []),
    ...(evaluation
      ? [
          {
            look: record.look,
            name: `${prefix}validation (step ${evaluation.step})`,
            value: decimal(evaluation.values.loss!),
          },
        ]
      : []),
  ];
}

function labelsOf(record: RunRecord, nameOf: Naming): EndLabel[] {
  const last = smoothedLosses(record.rows).at(-1);
  const evaluation = record.evaluations.at(-1);
  const { look } = record;
  const name = nameOf ? nameOf(record) : "training";
  return [
    ...(last
      ? [
          {
            look,
            text: `${name} ${decimal(last.smooth)}`,
            short: decimal(last.smooth),
            at: [last.step, last.smooth] as const,
            isStrong: true,
          },
        ]
      : []),
    ...(evaluation && !nameOf
      ? [
          {
            look,
            text: `validation ${decimal(evaluation.values.loss!)}`,
            short: decimal(evaluation.values.loss!),
            at: [evaluation.step, evaluation.values.loss!] as const,
          },
        ]
      : []),
  ];
}

function tableOf(runs: readonly RunRecord[]) {
  const rows = runs.flatMap((record) => {
    const points = new Map(smoothedLosses(record.rows).map((point) => [point.step, point]));
    const evaluations = new Map(record.evaluations.map(({ step, values }) => [step, values.loss!]));
    const cell = (value: number | undefined) => (value === undefined ? "" : String(value));
    return stepsOf(record).map((step) => [
      ...(runs.length > 1 ? [shortName(record)] : []),
      String(step),
      cell(points.get(step)?.loss),
      cell(points.get(step)?.smooth),
      cell(evaluations.get(step)),
    ]);
  });
  return {
    head: [...(runs.length > 1 ? ["Run"] : []), "Step", "Loss of the batch", "Smoothed", "Validation loss"],
    rows,
  };
}
