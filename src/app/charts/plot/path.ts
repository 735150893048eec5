/** Where a chart's numbers are drawn, in pixels. */
export interface Place {
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Whether there is room for short labels alone. */
  readonly isNarrow: boolean;
  /** The height of letters. */
  readonly em: number;
}

const written = (pixels: number) => pixels.toFixed(1);

/** An SVG path through points; where a value is none the line is broken. */
export function pathOf(
  points: Iterable<readonly [step: number, value: number]>,
  { x, y }: Pick<Place, "x" | "y">,
): string {
  let path = "";
  let isOn = false;
  for (const [step, value] of points) {
    if (!Number.isFinite(value)) {
      isOn = false;
      continue;
    }
    path += `${isOn ? "L" : "M"}${written(x(step))} ${written(y(value))}`;
    isOn = true;
  }
  return path;
}

/** Indices of at most so many of them, evenly, the first and the last among them. */
export function sampled(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: most }, (_, at) => Math.round((at * (length - 1)) / (most - 1)));
}

/**
 * Heights of labels that would like to be at `wanted`, moved so that neighbours are `gap` apart and all lie within
 * `top` and `bottom`; in the order in which they were given.
 */
export function apart(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let floor = top;
  for (const at of order) {
    placed[at] = Math.max(placed[at]!, floor);
    floor = placed[at]! + gap;
  }
  let ceiling = bottom;
  for (const at of order.toReversed()) {
    placed[at] = Math.min(placed[at]!, ceiling);
    ceiling = placed[at]! - gap;
  }
  return placed;
}
