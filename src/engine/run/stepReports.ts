import type { MetricRow, TrainerEvent } from "./events.ts";

/** Milliseconds between two `metrics` events, so that a fast GPU does not drown the page in messages. */
const REPORT_EVERY = 100;

/** Steps over which the rate is taken. */
const RATE_WINDOW = 20;

/** What steps gave, and how fast they come, told a few times a second. */
export class StepReports {
  readonly #emit: (event: TrainerEvent) => void;
  #rows: MetricRow[] = [];
  #finishedAt: number[] = [];
  #lastReport = 0;

  constructor(emit: (event: TrainerEvent) => void) {
    this.#emit = emit;
  }

  add(row: MetricRow): void {
    this.#rows.push(row);
    this.#finishedAt.push(performance.now());
    if (this.#finishedAt.length > RATE_WINDOW) this.#finishedAt.shift();
  }

  /** Tells what there is, where the last time is long enough ago. */
  tellIfDue(): void {
    if (performance.now() - this.#lastReport >= REPORT_EVERY) this.tell();
  }

  tell(): void {
    if (this.#rows.length === 0) return;
    const times = this.#finishedAt;
    const elapsed = times.length > 1 ? times.at(-1)! - times[0]! : 0;
    const stepsPerSecond = elapsed > 0 ? (1000 * (times.length - 1)) / elapsed : 0;
    this.#emit({ type: "metrics", rows: this.#rows, stepsPerSecond });
    this.#rows = [];
    this.#lastReport = performance.now();
  }

  /** Takes the rate anew: the time in between went to something else than steps. */
  restartRate(): void {
    this.#finishedAt = [];
  }

  /** What was not told yet belongs to a run that is no more. */
  forget(): void {
    this.#rows = [];
    this.#finishedAt = [];
  }
}
