import { type Diagnostic, widthOf } from "../../engine/methods/diagnostics/diagnostic.ts";
import { diagnostics, type MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import type { ExampleRow, MetricRow, RunSummary } from "../../engine/run/events.ts";
import type { RunConfig } from "../../engine/settings/config.ts";

/** Measurements of one diagnostic kept of a run; a longer one keeps fewer of them, evenly over its steps. */
export const MAX_FRAMES = 400;

/** What a diagnostic gave for all layers at a step, [layers, columns] row-major. */
export interface Frame {
  readonly step: number;
  readonly values: Float32Array;
}

/** What was kept of a diagnostic's measurements. */
export interface Measured {
  readonly frames: readonly Frame[];
  /** Steps that kept frames are apart at least; the newest is kept wherever it lies. */
  readonly spacing: number;
}

export interface EvaluationRow {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Everything that a run has shown so far; immutable, so that charts redraw when it is replaced. */
export interface RunRecord {
  /** Counts the runs of a visit. */
  readonly id: number;
  /** Its colour, dash and marker for life, 0 … LOOKS − 1. */
  readonly look: number;
  readonly config: RunConfig;
  /** The step of an adapter that was opened, where the run goes on from one. */
  readonly openedAt: number | undefined;
  readonly summary: RunSummary | undefined;
  readonly rows: readonly MetricRow[];
  readonly evaluations: readonly EvaluationRow[];
  /** The step of the best validation, where the run can go back to it. */
  readonly keptAt: number | undefined;
  readonly measured: Readonly<Partial<Record<MeasurementName, Measured>>>;
  readonly before: readonly ExampleRow[];
  readonly now: readonly ExampleRow[];
  /** Beginnings that the visitor wrote, continued before training and now. */
  readonly tried: readonly { readonly before: ExampleRow; readonly now: ExampleRow }[];
}

/** What is known of a run before it begins. */
type NewRun = Pick<RunRecord, "config"> & Partial<Pick<RunRecord, "id" | "look" | "openedAt">>;

export function emptyRecord({ config, id = 1, look = 0, openedAt }: NewRun): RunRecord {
  return {
    id,
    look,
    config,
    openedAt,
    summary: undefined,
    rows: [],
    evaluations: [],
    keptAt: undefined,
    measured: {},
    before: [],
    now: [],
    tried: [],
  };
}

/** The measurement that is drawn as singular values; nothing is ever measured where there is none. */
export const singularValues = Object.entries<Diagnostic>(diagnostics).find(
  ([, { chart }]) => chart === "singular values",
)?.[0] as MeasurementName;

/** Steps taken, those before an adapter was opened among them. */
export function stepOf({ rows, evaluations }: RunRecord): number {
  const last = rows.at(-1);
  return last ? last.step + 1 : (evaluations.at(-1)?.step ?? 0);
}

/** What a run has shown of a diagnostic so far, in the order of its steps. */
export function framesOf(record: RunRecord | undefined, name = singularValues): readonly Frame[] {
  return record?.measured[name]?.frames ?? [];
}

export function withFrames(record: RunRecord, name: MeasurementName, added: readonly Frame[]): RunRecord {
  const frames = [...framesOf(record, name)];
  let spacing = record.measured[name]?.spacing ?? 0;
  for (const frame of added) {
    const [previous, newest] = frames.slice(-2);
    if (previous && newest && newest.step - previous.step < spacing) frames.pop();
    frames.push(frame);
    if (frames.length <= MAX_FRAMES) continue;
    spacing = (2 * (frame.step - frames[0]!.step)) / MAX_FRAMES;
    let kept = Number.NEGATIVE_INFINITY;
    const sparse = frames.filter(({ step }) => {
      const isKept = step - kept >= spacing || step === frame.step;
      if (isKept) kept = step;
      return isKept;
    });
    frames.splice(0, frames.length, ...sparse);
  }
  return { ...record, measured: { ...record.measured, [name]: { frames, spacing } } };
}

/** Where the layer that is at `layer` in a run stands in another one of the same model, if it is there at all. */
export function counterpart(own: RunRecord, other: RunRecord | undefined, layer: number): number | undefined {
  const id = own.summary?.layers[layer]?.id;
  if (!other || framesOf(other).length === 0 || own.config.model !== other.config.model) return undefined;
  const at = other.summary?.layers.findIndex((each) => each.id === id) ?? -1;
  return at < 0 ? undefined : at;
}

/** Values of a diagnostic per layer. */
export function valuesPerLayer(record: RunRecord | undefined, name = singularValues): number {
  return widthOf(record?.summary?.measured[name] ?? []);
}

/** What a diagnostic gave for one layer. */
export function layerValues(record: RunRecord, frame: Frame, layer: number, name = singularValues): Float32Array {
  const size = valuesPerLayer(record, name);
  return frame.values.subarray(layer * size, (layer + 1) * size);
}

type MetricFacts = RunSummary["metrics"][number];

/** Every metric of the task at the first validation, and at the last where that is another one. */
export function valuesOf({
  summary,
  evaluations,
}: Pick<RunRecord, "summary" | "evaluations">): readonly (MetricFacts & {
  readonly before: number | undefined;
  readonly now: number | undefined;
})[] {
  const [first] = evaluations;
  const last = evaluations.length > 1 ? evaluations.at(-1) : undefined;
  if (!summary || !first) return [];
  return summary.metrics.map((metric) => ({
    ...metric,
    before: first.values[metric.id],
    now: last?.values[metric.id],
  }));
}

/** The first metric of the last validation. */
export function headline(record: RunRecord): (MetricFacts & { readonly value: number }) | undefined {
  const [metric] = record.summary?.metrics ?? [];
  const last = record.evaluations.at(-1);
  const value = metric && last?.values[metric.id];
  return metric && value !== undefined ? { ...metric, value } : undefined;
}

/** A run as it was after so many steps. */
export function recordAt(record: RunRecord, step: number): RunRecord {
  const measured = Object.entries(record.measured).map(([name, { frames, spacing }]) => [
    name,
    { frames: frames.filter((frame) => frame.step <= step), spacing },
  ]);
  return {
    ...record,
    rows: record.rows.filter((row) => row.step < step),
    evaluations: record.evaluations.filter((row) => row.step <= step),
    measured: Object.fromEntries(measured),
  };
}
