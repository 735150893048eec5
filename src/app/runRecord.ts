import type { RunConfig } from "../engine/train/config.ts";
import type { ExampleRow, MetricRow, RunSummary } from "../engine/train/events.ts";

/** Spectra kept of a run; a longer one keeps every second, then every fourth … of its measurements. */
const MAX_FRAMES = 400;

/** Singular values of all layers at a step, [layers, size] row-major. */
export interface SpectrumFrame {
  readonly step: number;
  readonly values: Float32Array;
}

export interface EvaluationRow {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Everything that a run has shown so far; immutable, so that charts redraw when it is replaced. */
export interface RunRecord {
  readonly config: RunConfig;
  readonly summary: RunSummary | undefined;
  readonly rows: readonly MetricRow[];
  readonly evaluations: readonly EvaluationRow[];
  readonly frames: readonly SpectrumFrame[];
  readonly before: readonly ExampleRow[];
  readonly now: readonly ExampleRow[];
}

export function emptyRecord(config: RunConfig): RunRecord {
  return { config, summary: undefined, rows: [], evaluations: [], frames: [], before: [], now: [] };
}

export function withFrames(record: RunRecord, added: readonly SpectrumFrame[]): RunRecord {
  let frames = [...record.frames, ...added];
  // The newest stays, whatever its place.
  while (frames.length > MAX_FRAMES) frames = frames.filter((_, at) => at % 2 === 0 || at === frames.length - 1);
  return { ...record, frames };
}

/** The spectrum of one layer in a frame. */
export function layerValues(record: RunRecord, frame: SpectrumFrame, layer: number): Float32Array {
  const size = record.summary?.spectrumSize ?? 0;
  return frame.values.subarray(layer * size, (layer + 1) * size);
}

/** The first metric of the last validation. */
export function headline(
  record: RunRecord,
): { id: string; label: string; value: number; higherIsBetter: boolean } | undefined {
  const [metric] = record.summary?.metrics ?? [];
  const last = record.evaluations.at(-1);
  const value = metric && last?.values[metric.id];
  return metric && value !== undefined ? { ...metric, value } : undefined;
}
