import { chanceOf, worseThanBefore } from "../../engine/run/verdict.ts";
import { changeInWords, decimal, significant } from "../format.ts";
import { median } from "./rankFacts.ts";
import { type EvaluationRow, framesOf, type RunRecord, valuesPerLayer } from "./runRecord.ts";
import { smoothedLosses } from "./smoothing.ts";

/** What goes wrong in a run: where it began, and what to say of it. */
export interface Trouble {
  readonly kind: "worse" | "exploding" | "overfitting" | "plateau";
  /** Steps that were taken when it began. */
  readonly since: number;
  /** A sentence without its full stop. */
  readonly title: string;
  readonly detail: string;
  /** As charts have it at that step, and the shelf beside the run. */
  readonly mark: string;
  readonly short: string;
  /** Whether nothing is left of what was to be learnt. */
  readonly isBad: boolean;
  /** Whether the examples are learnt all the same, and nothing else. */
  readonly isByHeart?: boolean;
  /** The step of the best validation before, if it is not the start. */
  readonly best: number | undefined;
}

/** Singular values of an update from which on it has nothing to do with the weights that it is added to. */
const EXPLODED = 1e3;
/** Validations in a row that say the same, so that it is no chance. */
const IN_A_ROW = 2;
/** What training loss falls by, at least, where validation loss rises from overfitting. */
const FALL = 0.02;
/** Steps, and validations without a gain, from which on a plateau can be told. */
const [LONG, WITHOUT_GAIN] = [40, 3];

const known = new WeakMap<RunRecord, { readonly trouble: Trouble | undefined }>();

/** The worst that goes wrong in a run, by what it has shown so far. */
export function troubleOf(record: RunRecord | undefined): Trouble | undefined {
  if (!record?.summary) return undefined;
  const before = known.get(record);
  if (before) return before.trouble;
  const trouble = worse(record) ?? exploding(record) ?? overfitting(record) ?? plateau(record);
  known.set(record, { trouble });
  return trouble;
}

function worse(record: RunRecord): Trouble | undefined {
  const { metrics, validationExamples } = record.summary!;
  const verdict = worseThanBefore(record.evaluations, metrics, validationExamples);
  if (!verdict?.isClear) return undefined;
  const { before, last } = verdict;
  const since = Math.min(verdict.since, explodedAt(record) ?? Infinity);
  const best = bestStep(record);
  const isExploding = explodedAt(record) !== undefined;
  const isByHeart = !isExploding && falls(record, best ?? 0);
  const why = isExploding
    ? `${explodedInWords(record)} The learning rate is too large.`
    : isByHeart
      ? "The training loss fell all the same: the model learns its examples by heart. Fewer steps or more examples may help."
      : "A smaller learning rate or fewer steps may help.";
  const changes = verdict.metrics.map(({ id, label }) => changeInWords(label, before.values[id]!, last.values[id]!));
  const then = before.step > 0 ? `at step ${before.step}` : "before training";
  const when = verdict.since < last.step ? `Since step ${verdict.since}` : `At step ${verdict.since}`;
  return {
    kind: "worse",
    since,
    title: `Worse than ${then}: ${changes[0]}`,
    detail: [`${when}.`, ...changes.slice(1).map((change) => `${change}.`), why].join(" "),
    isByHeart,
    mark: "worse than before training",
    short: "worse than before training",
    isBad: true,
    best,
  };
}

/** The first measurement in which a singular value is beyond measure, by its step. */
function explodedAt(record: RunRecord): number | undefined {
  const size = valuesPerLayer(record);
  return framesOf(record).find(({ values }) => {
    for (let at = 0; at < values.length; at += size) if (!(values[at]! < EXPLODED)) return true;
    return false;
  })?.step;
}

function explodedInWords(record: RunRecord): string {
  const newest = framesOf(record).at(-1)!;
  const largest = newest.values.reduce((most, value) => Math.max(most, value), 0);
  return `The largest singular value is ${significant(largest)} at step ${newest.step}.`;
}

function exploding(record: RunRecord): Trouble | undefined {
  const since = explodedAt(record);
  if (since === undefined) return undefined;
  return {
    kind: "exploding",
    since,
    title: `Singular values explode from step ${since} on`,
    detail: `${explodedInWords(record)} A low rank then means that one direction blew up, not that little was needed. A smaller learning rate may help.`,
    mark: "singular values explode",
    short: "singular values exploded",
    isBad: true,
    best: bestStep(record),
  };
}

/** Validation loss rises while training loss falls. */
function overfitting(record: RunRecord): Trouble | undefined {
  const { evaluations, summary } = record;
  const losses = evaluations.map(({ values }) => values.loss!);
  const least = losses.indexOf(Math.min(...losses));
  const after = evaluations.slice(least + 1);
  const [first] = after;
  if (!first || after.length < IN_A_ROW) return undefined;
  const margin = 1 + chanceOf(summary!.metrics, summary!.validationExamples);
  const rises = after.slice(-IN_A_ROW).every(({ values }) => values.loss! > margin * losses[least]!);
  const lowest = evaluations[least]!;
  if (!rises || !falls(record, lowest.step)) return undefined;
  return {
    kind: "overfitting",
    since: first.step,
    title: `Overfitting since step ${first.step}`,
    detail: `The validation loss rose from ${decimal(lowest.values.loss!)} at step ${lowest.step} to ${decimal(losses.at(-1)!)}, while the training loss fell. More examples, fewer steps or a lower rank may help.`,
    mark: "overfitting",
    short: "overfits",
    isBad: false,
    best: bestStep(record),
  };
}

/** Neither a validation nor the training loss has gained for half of what was trained. */
function plateau(record: RunRecord): Trouble | undefined {
  const { evaluations, rows, summary } = record;
  const [headline] = summary!.metrics;
  const taken = rows.length;
  const start = (rows[0]?.step ?? 0) + taken / 2;
  const [before, after] = [
    evaluations.filter(({ step }) => step <= start),
    evaluations.filter(({ step }) => step > start),
  ];
  if (taken < LONG || before.length === 0 || after.length < WITHOUT_GAIN || !headline) return undefined;
  const gained = [headline, ...summary!.metrics.filter(({ id }) => id === "loss")].some(({ id, higherIsBetter }) => {
    const sign = higherIsBetter ? 1 : -1;
    const best = (all: readonly EvaluationRow[]) => Math.max(...all.map(({ values }) => sign * values[id]!));
    return decimal(best(after)) !== decimal(best(before)) && best(after) > best(before);
  });
  const quarter = Math.floor(taken / 4);
  const losses = rows.map(({ loss }) => loss);
  const [early, late] = [losses.slice(-2 * quarter, -quarter), losses.slice(-quarter)];
  if (gained || mean(late) < mean(early) - Math.hypot(spread(early), spread(late))) return undefined;
  const since = bestStep(record) ?? before.at(-1)!.step;
  return {
    kind: "plateau",
    since,
    title: `No gain since step ${since}`,
    detail: `${headline.label} is where it was, and the training loss moves within its noise. A larger learning rate, a higher rank or an end here may help.`,
    mark: "no gain from here on",
    short: "no gain",
    isBad: false,
    best: undefined,
  };
}

/** The step of the best validation by the headline, where it is neither the first nor the last. */
export function bestStep({ evaluations, summary }: RunRecord): number | undefined {
  const [headline] = summary?.metrics ?? [];
  if (!headline || evaluations.length < 3) return undefined;
  const sign = headline.higherIsBetter ? 1 : -1;
  const score = ({ values }: EvaluationRow) => {
    const value = values[headline.id]!;
    return Number.isFinite(value) ? sign * value : Number.NEGATIVE_INFINITY;
  };
  const best = evaluations.reduce((a, b) => (score(b) > score(a) ? b : a));
  return best === evaluations[0] || best === evaluations.at(-1) ? undefined : best.step;
}

/** Whether the smoothed training loss is lower now than it was after so many steps. */
function falls({ rows }: RunRecord, step: number): boolean {
  const points = smoothedLosses(rows);
  // Right at the start smoothing has nothing to go by: the first tenth of the batches stands for it.
  const then = points.find((point) => point.step >= step && point.step >= (points[0]?.step ?? 0) + points.length / 10);
  const now = points.at(-1);
  return then !== undefined && now !== undefined && now.smooth < (1 - FALL) * then.smooth;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A robust standard error of a mean: by the median distance from the median, as one wild batch is no trend. */
function spread(values: readonly number[]): number {
  const middle = median(values);
  return (1.48 * median(values.map((value) => Math.abs(value - middle)))) / Math.sqrt(values.length);
}
