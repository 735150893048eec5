import { useMemo, useState } from "react";
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { counted, decimal, significant } from "../format.ts";
import { useLab } from "../state/store.ts";
import { type AxisTicks, axisTicks } from "./axisTicks.ts";
import { type CurvePoint, curvesOf } from "./curves.ts";
import { Panel } from "./Panel.tsx";

const names: Readonly<Record<string, string>> = {
  loss: "Loss of a batch",
  smooth: "Loss, smoothed",
  validation: "Validation loss",
  "ghost loss": "Run before: loss of a batch",
  "ghost smooth": "Run before: loss, smoothed",
  "ghost validation": "Run before: validation loss",
};

/** Training and validation loss, and the validation metric, of this run and the one before. */
export function LossChart() {
  const { current, ghost } = useLab();
  const [isLog, setLog] = useState(false);
  const metric = current?.summary?.metrics[0];
  const hasMetric = metric !== undefined && metric.id !== "loss";
  // Losses of another task are on another scale, and its metric is another quantity.
  const shadow = ghost && ghost.config.task === current?.config.task ? ghost : undefined;
  const points = useMemo(() => curvesOf(current, shadow), [current, shadow]);
  const losses = ticksOf(points, ["loss", "smooth", "validation", "ghost smooth", "ghost validation"], 0);
  const scores = ticksOf(points, ["metric", "ghost metric"]);
  const rows = current?.rows ?? [];
  const first = rows[0];
  const last = rows.at(-1);
  const summary =
    first && last
      ? `Loss went from ${decimal(first.loss)} to ${decimal(last.loss)} in ${counted(rows.length, "step", "steps")}.`
      : "No steps have been taken yet.";
  const line = (key: string, className: string, axis: string, dot = false) => (
    <Line
      key={key}
      yAxisId={axis}
      dataKey={key}
      name={key}
      className={className}
      isAnimationActive={false}
      dot={dot ? { r: 2.5 } : false}
      activeDot={false}
      connectNulls
      type="linear"
    />
  );

  return (
    <Panel
      id="loss"
      title="Loss"
      summary={summary}
      tools={
        <label className="toggle">
          <input type="checkbox" checked={isLog} onChange={(event) => setLog(event.target.checked)} /> Log scale
        </label>
      }
      legend={[
        { mark: "train", text: "training, smoothed" },
        { mark: "validation", text: "validation" },
        ...(hasMetric ? [{ mark: "metric", text: `${metric.label} (right)` }] : []),
        ...(shadow
          ? [
              { mark: "ghost", text: "run before: training" },
              { mark: "ghost validation", text: "run before: validation" },
            ]
          : []),
        ...(shadow && hasMetric ? [{ mark: "ghost metric", text: `run before: ${metric.label}` }] : []),
      ]}
      table={{ head: ["Step", "Loss", "Validation loss", metric?.label ?? "Metric"], rows: tableOf(points) }}
    >
      {points.length === 0 ? (
        <p className="empty">The loss is drawn here, step by step.</p>
      ) : (
        <ResponsiveContainer width="100%" height={420}>
          <LineChart data={points} margin={{ top: 8, right: 4, bottom: 0, left: 0 }} accessibilityLayer>
            <CartesianGrid vertical={false} />
            <XAxis dataKey="step" type="number" domain={[0, "dataMax"]} tickLine={false} />
            <YAxis
              yAxisId="loss"
              scale={isLog ? "log" : "linear"}
              {...(isLog
                ? { domain: ["auto", "auto"], tickFormatter: significant }
                : { ...rangeOf(losses), tickFormatter: losses.label })}
              width="auto"
              tickLine={false}
              axisLine={false}
            />
            {hasMetric && (
              <YAxis
                yAxisId="metric"
                orientation="right"
                width="auto"
                {...rangeOf(scores)}
                tickLine={false}
                axisLine={false}
                tickFormatter={scores.label}
              />
            )}
            <Tooltip
              isAnimationActive={false}
              labelFormatter={(step) => `Step ${step}`}
              formatter={(value, name) => [
                decimal(Number(value)),
                names[String(name)] ??
                  (String(name).startsWith("ghost") ? `Run before: ${metric?.label}` : metric?.label),
              ]}
            />
            {shadow && line("ghost smooth", "line ghost", "loss")}
            {shadow && line("ghost validation", "line ghost validation", "loss")}
            {shadow && hasMetric && line("ghost metric", "line ghost metric", "metric")}
            {line("loss", "line raw", "loss")}
            {line("smooth", "line train", "loss")}
            {line("validation", "line validation", "loss", true)}
            {hasMetric && line("metric", "line metric", "metric", true)}
          </LineChart>
        </ResponsiveContainer>
      )}
    </Panel>
  );
}

/** The ticks of an axis for some of the curves. @param from where it begins, unless with the least of their values. */
function ticksOf(points: readonly CurvePoint[], series: readonly string[], from?: number): AxisTicks {
  const values = points
    .flatMap((point) => series.map((name) => point[name]))
    .filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  return values.length > 0 ? axisTicks(from ?? Math.min(...values), Math.max(...values)) : axisTicks(0, 1);
}

function rangeOf({ ticks }: AxisTicks) {
  return { ticks: [...ticks], domain: [ticks[0]!, ticks.at(-1)!] };
}

/** At most twenty rows, and every validation. */
function tableOf(points: ReturnType<typeof curvesOf>): string[][] {
  const stride = Math.max(1, Math.ceil(points.length / 20));
  const cell = (value: number | undefined) => (value === undefined ? "" : decimal(value));
  return points
    .filter((point, index) => point.validation !== undefined || index % stride === 0)
    .map((point) => [String(point.step), cell(point.loss), cell(point.validation), cell(point.metric)]);
}
