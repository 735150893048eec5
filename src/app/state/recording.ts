import type { ExampleRow, RunSummary } from "../../engine/run/events.ts";
import { noNotes } from "../../engine/settings/reader.ts";
import {
  type EvaluationRow,
  emptyRecord,
  type Frame,
  framesOf,
  type RunRecord,
  singularValues,
  withFrames,
} from "./runRecord.ts";
import { fromQuery, toQuery } from "./share.ts";

/** Colour, dash and marker of what is recorded: grey, and of no run of the visitor's. */
export const RECORDED = 4;

const VERSION = 1;
/** Measurements that a recording keeps at most, evenly over the steps. */
const FRAMES = 60;
/** Examples that a recording keeps at most. */
const EXAMPLES = 4;
/** Singular values are kept as logarithms between these powers of ten, in 16 bits: 0.05 % apart. */
const [LOW, HIGH] = [-9, 4];
const LEVELS = 2 ** 16 - 2;

/** A run as a file that is small enough to come with the page. */
interface RecordingFile {
  readonly recording: number;
  /** Its settings, as a link has them. */
  readonly link: string;
  readonly summary: RunSummary;
  readonly losses: readonly number[];
  readonly evaluations: readonly EvaluationRow[];
  /** What the model said of the first validation examples, or wrote, before training and at the end. */
  readonly before: readonly ExampleRow[];
  readonly now: readonly ExampleRow[];
  readonly steps: readonly number[];
  /** base64 of little-endian 16-bit levels, [steps, layers, values]; 0 is zero. */
  readonly spectra: string;
}

export function writeRecording(record: RunRecord): string {
  const all = framesOf(record);
  const stride = Math.max(1, Math.ceil(all.length / FRAMES));
  const frames = all.filter((_, at) => at % stride === 0 || at === all.length - 1);
  const levels = Uint16Array.from(frames.flatMap(({ values }) => [...values].map(levelOf)));
  const file: RecordingFile = {
    recording: VERSION,
    link: toQuery(record.config, noNotes),
    summary: record.summary!,
    losses: record.rows.map(({ loss }) => Number(loss.toPrecision(5))),
    evaluations: record.evaluations.map(({ step, values }) => ({
      step,
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toPrecision(6))])),
    })),
    before: record.before.slice(0, EXAMPLES),
    now: record.now.slice(0, EXAMPLES),
    steps: frames.map(({ step }) => step),
    spectra: btoa(String.fromCharCode(...new Uint8Array(levels.buffer))),
  };
  return `${JSON.stringify(file)}\n`;
}

/** @throws an Error where it is none, or of a later version. */
export function readRecording(text: string): RunRecord {
  const file = JSON.parse(text) as RecordingFile;
  if (file.recording !== VERSION) throw new Error(`a recording of version ${file.recording} cannot be played`);
  const read = fromQuery(file.link);
  if (read.kind !== "run") throw new Error("the recording's settings cannot be read");
  const bytes = Uint8Array.from(atob(file.spectra), (char) => char.charCodeAt(0));
  const levels = new Uint16Array(bytes.buffer);
  const size = levels.length / Math.max(1, file.steps.length);
  const frames = file.steps.map(
    (step, at): Frame => ({
      step,
      values: Float32Array.from(levels.subarray(at * size, (at + 1) * size), strengthOf),
    }),
  );
  const record: RunRecord = {
    ...emptyRecord({ id: 0, look: RECORDED, config: read.config }),
    summary: file.summary,
    rows: file.losses.map((loss, step) => ({ step, loss, learningRate: 0, gradientNorm: 0 })),
    evaluations: file.evaluations,
    before: file.before,
    now: file.now,
  };
  return withFrames(record, singularValues, frames);
}

function levelOf(value: number): number {
  if (!(value > 0)) return 0;
  const share = (Math.log10(value) - LOW) / (HIGH - LOW);
  return 1 + Math.round(Math.min(1, Math.max(0, share)) * LEVELS);
}

function strengthOf(level: number): number {
  return level === 0 ? 0 : 10 ** (LOW + ((level - 1) / LEVELS) * (HIGH - LOW));
}
