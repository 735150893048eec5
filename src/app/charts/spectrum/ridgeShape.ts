/** Where the ridges of all layers stand, in pixels. */
export interface RidgePlaces {
  /** From one ridge's foot to the next one's. */
  readonly line: number;
  /** The most that a ridge is high. */
  readonly peak: number;
  readonly height: number;
  /** A ridge's foot. */
  foot(layer: number): number;
  /** The foot of the letters that stand beside a ridge. */
  letters(layer: number): number;
  /** Where a value of an index stands. */
  x(index: number): number;
}

/** Between a ridge's peak and the line of the layer above, so that no ridge stands beside another one's label. */
const GAP = 4;

/**
 * @param count values along the width.
 * @param left room for the longest label.
 * @param em height of letters.
 */
export function ridgePlaces(layers: number, count: number, width: number, left: number, em: number): RidgePlaces {
  const [top, right, bottom] = [1.7 * em, 5.5 * em, 2 * em];
  const line = Math.round(Math.max(23, 1.4 * em));
  const foot = (layer: number) => top + (layer + 1) * line;
  return {
    line,
    peak: line - GAP,
    height: top + layers * line + bottom,
    foot,
    letters: (layer) => foot(layer) - line / 2 + 0.36 * em,
    x: (index) => left + ((index + 0.5) / count) * (width - left - right),
  };
}

/** A layer's values as points of its ridge, each as a share of the largest; what is no number lies on the foot. */
export function ridgePoints(
  values: ArrayLike<number>,
  layer: number,
  places: RidgePlaces,
): readonly [number, number][] {
  const all = Array.from(values, (value) => (Number.isFinite(value) && value > 0 ? value : 0));
  const largest = Math.max(...all) || 1;
  return all.map((value, index) => [places.x(index), places.foot(layer) - (places.peak * value) / largest]);
}

export function ridgeLine(points: readonly (readonly [number, number])[]): string {
  return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
}

/** The same closed along its foot. */
export function ridgeArea(points: readonly (readonly [number, number])[], foot: number): string {
  return `${ridgeLine(points)}L${points.at(-1)![0].toFixed(1)} ${foot}L${points[0]![0].toFixed(1)} ${foot}Z`;
}
