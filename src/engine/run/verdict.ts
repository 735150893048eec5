import type { RunSummary } from "./events.ts";

type Metric = RunSummary["metrics"][number];
type Values = Readonly<Record<string, number>>;

/** A look at the validation split. */
export interface Evaluation {
  readonly step: number;
  readonly values: Values;
}

/** How a run got worse than it was before training. */
export interface Verdict {
  /** The first of the validations from which on every one was worse. */
  readonly since: number;
  /** Whether it is more than a few rows of the validation split could bring about by chance. */
  readonly isClear: boolean;
  readonly before: Evaluation;
  readonly last: Evaluation;
  /** What it shows in: the task's headline and the loss. */
  readonly metrics: readonly Metric[];
}

/** Where tokens are predicted there are many to a row, and the loss is the whole of it. */
const CHANCE_OF_TOKENS = 0.01;

/** A loss that rose so many times is beyond what goes with a better headline. */
const BEYOND_OVERFITTING = 10;

/**
 * Whether a run is worse than before training, by the validations that it had, the first of them before its first step.
 * A loss that rises while the headline gets better, as where few examples are learnt by heart, is not worse.
 *
 * @param rows of the validation split.
 * @returns nothing where it is not, or where nothing can be compared.
 */
export function worseThanBefore(
  evaluations: readonly Evaluation[],
  metrics: readonly Metric[],
  rows: number,
): Verdict | undefined {
  const [before, ...later] = evaluations;
  const last = later.at(-1);
  const [headline] = metrics;
  if (!before || !last || !headline) return undefined;
  const worse = (values: Values) => compare(before.values, values, headline, rows);
  const found = worse(last.values);
  if (!found) return undefined;
  const notWorse = later.findLastIndex(({ values }) => !worse(values));
  return {
    since: later[notWorse + 1]!.step,
    isClear: found === "clearly",
    before,
    last,
    metrics: metrics.filter(({ id }) => id === headline.id || id === "loss"),
  };
}

/** A verdict as a sentence without its full stop. */
export function verdictInWords({ since, isClear, before, last, metrics }: Verdict): string {
  // A run that goes on from an adapter was first looked at there.
  const then = before.step > 0 ? `at step ${before.step}` : "before training";
  const changes = metrics.map(
    ({ id, label }) => `${label} ${digits(before.values[id]!)} ${then}, ${digits(last.values[id]!)} now`,
  );
  const how = `${isClear ? "Worse" : "Slightly worse"} than ${then}`;
  const when = since < last.step ? `since step ${since}` : `at step ${since}`;
  return `${how} ${when}: ${changes.join("; ")}`;
}

/**
 * Differences of a metric, and relative ones of the loss, that say nothing: half a standard error of a share of n rows.
 *
 * @param rows of the validation split.
 */
export function chanceOf([headline]: readonly Metric[], rows: number): number {
  const isLoss = headline !== undefined && !headline.higherIsBetter;
  return isLoss ? CHANCE_OF_TOKENS : 0.5 / Math.sqrt(Math.max(1, rows));
}

function compare(before: Values, now: Values, headline: Metric, rows: number): "clearly" | "slightly" | undefined {
  const isLoss = !headline.higherIsBetter;
  // What is shown as the same is the same.
  if (digits(now[headline.id]!) === digits(before[headline.id]!) && digits(now.loss!) === digits(before.loss!))
    return undefined;
  const chance = chanceOf([headline], rows);
  const gain = isLoss ? 0 : now[headline.id]! - before[headline.id]!;
  const rise = now.loss! / before.loss! - 1;
  const wasFinite = Number.isFinite(before.loss) && Number.isFinite(before[headline.id]);
  if (wasFinite && !(Number.isFinite(now.loss) && Number.isFinite(now[headline.id]))) return "clearly";
  if (rise >= BEYOND_OVERFITTING || gain < -chance || (rise > chance && gain <= chance)) return "clearly";
  const isFlat = digits(now[headline.id]!) === digits(before[headline.id]!);
  return (gain < 0 && !isFlat) || (rise > 0 && gain <= 0) ? "slightly" : undefined;
}

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "no finite number";
}
