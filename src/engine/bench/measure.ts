/** What became of a row: its time, or why there is none. */
export type Measured =
  | {
      readonly verdict: "measured" | "too noisy";
      /** Of one unit, the median of the samples. */
      readonly ms: number;
      /** How far the medians of every other sample and of those between lie apart, as a share. */
      readonly spread: number;
    }
  | { readonly verdict: "skipped" | "failed"; readonly why: string };

/** Something that can be timed: `time` takes it so many times and resolves to the milliseconds of one. */
export type Timed = (runs: number) => Promise<number>;

const SAMPLES = 6;
/** A sample is at least this long, so that the clock is not too coarse. */
const SAMPLE_MS = 100;
const MOST_RUNS = 200;
/** What a row may take before it is skipped, in seconds. */
const BUDGET = 15;
/** Two halves of the samples that differ by more say that something else was going on. */
const NOISE = 0.15;

/**
 * Times something as often as its budget allows.
 *
 * @param all whether to take the time that it takes, whatever that is.
 * @throws AbortError once `signal` is aborted.
 */
export async function measure(time: Timed, all: boolean, signal?: AbortSignal): Promise<Measured> {
  // What is run for the first time is compiled and mapped.
  await time(1);
  signal?.throwIfAborted();
  const once = await time(1);
  const seconds = (SAMPLES * Math.max(once, SAMPLE_MS)) / 1000;
  if (!all && seconds > BUDGET) return { verdict: "skipped", why: `would take about ${Math.round(seconds)} s more` };
  const runs = Math.max(1, Math.min(MOST_RUNS, Math.round(SAMPLE_MS / once)));
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    signal?.throwIfAborted();
    samples.push(await time(runs));
  }
  return judged(samples);
}

/** The median of samples, if its two halves agree. */
export function judged(samples: readonly number[]): Measured {
  const halves = [0, 1].map((parity) => median(samples.filter((_, at) => at % 2 === parity)));
  const spread = Math.max(...halves) / Math.min(...halves) - 1;
  return { verdict: spread <= NOISE ? "measured" : "too noisy", ms: median(samples), spread };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
