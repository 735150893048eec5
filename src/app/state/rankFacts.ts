import { NUMERICAL_SHARE, ranksOf } from "../../engine/linalg/ranks.ts";
import { type Frame, framesOf, layerValues, type RunRecord, valuesPerLayer } from "./runRecord.ts";

/** Below this effective rank one direction does most of a layer's learning: what the page calls collapsed. */
export const COLLAPSED = 2;

const known = new WeakMap<Frame, readonly number[]>();

/** Effective rank of every layer's update at a measurement. */
export function effectiveRanks(record: RunRecord, frame: Frame): readonly number[] {
  let ranks = known.get(frame);
  if (!ranks) {
    ranks = record.summary!.layers.map((_, layer) => ranksOf(layerValues(record, frame, layer)).effective);
    known.set(frame, ranks);
  }
  return ranks;
}

/** The median: of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What the ranks of a run's layers come to at its last measurement, or nothing before the first. */
export interface RankFacts {
  readonly step: number;
  readonly layers: number;
  /** The largest rank that an update can have. */
  readonly allowed: number;
  /** The median effective rank over the layers. */
  readonly used: number;
  readonly collapsed: number;
  /** The median over the layers of how many singular values count: those above a hundredth of the largest. */
  readonly counted: number;
}

export function rankFacts(record: RunRecord | undefined): RankFacts | undefined {
  const frame = framesOf(record).at(-1);
  if (!record?.summary || !frame || record.summary.layers.length === 0) return undefined;
  const ranks = effectiveRanks(record, frame);
  return {
    step: frame.step,
    layers: ranks.length,
    allowed: allowedRank(record),
    used: median(ranks),
    collapsed: ranks.filter((rank) => rank < COLLAPSED).length,
    counted: median(ranks.map((_, layer) => grown(layerValues(record, frame, layer)))),
  };
}

/** The largest rank that an update can have: the values measured, where these are all; else the smaller side. */
function allowedRank(record: RunRecord): number {
  const { spectrumIsExact, layers } = record.summary!;
  if (spectrumIsExact) return valuesPerLayer(record);
  return Math.max(...layers.map(({ inFeatures, outFeatures }) => Math.min(inFeatures, outFeatures)));
}

/**
 * The layer whose update has collapsed the most: the least effective rank at the last measurement that is a power of
 * eight in number, so that a chart of it does not jump from layer to layer.
 */
export function mostCollapsed(record: RunRecord | undefined): number {
  const frames = framesOf(record);
  if (!record?.summary || frames.length === 0) return 0;
  const at = 8 ** Math.floor(Math.log2(frames.length) / 3) - 1;
  const ranks = effectiveRanks(record, frames[at]!);
  return ranks.indexOf(Math.min(...ranks));
}

/** The layer that stands for the others: its effective rank at the last measurement is nearest to the median. */
export function typicalLayer(record: RunRecord): number {
  const frame = framesOf(record).at(-1);
  if (!frame) return 0;
  const ranks = effectiveRanks(record, frame);
  const middle = median(ranks);
  const distances = ranks.map((rank) => Math.abs(rank - middle));
  return distances.indexOf(Math.min(...distances));
}

/** Of a spectrum, how many values are above the share of the largest from which on they count. */
export function grown(values: ArrayLike<number>): number {
  const [first = 0] = Array.from(values);
  return Array.from(values).filter((value) => value > NUMERICAL_SHARE * first).length;
}
