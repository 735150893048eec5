/** A stretch of a text between two steps of its way to tokens. */
export interface Piece {
  readonly text: string;
  /** Whether it starts where the whole text does. */
  readonly isFirst: boolean;
}

/** What becomes of matches when a text is split at them. */
export type Behavior = "Isolated" | "Removed" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

type Span = readonly [start: number, end: number, isMatch: boolean];

/**
 * Splits a piece; pieces of no length are left out.
 *
 * @param pattern with the flag g.
 * @param invert whether what is between matches counts as matches.
 */
export function split(piece: Piece, pattern: RegExp, behavior: Behavior, invert = false): Piece[] {
  const spans: Span[] = [];
  let end = 0;
  for (const { 0: match, index } of piece.text.matchAll(pattern)) {
    if (match === "") continue;
    if (index > end) spans.push([end, index, invert]);
    end = index + match.length;
    spans.push([index, end, !invert]);
  }
  if (end < piece.text.length) spans.push([end, piece.text.length, invert]);
  return merged(spans, behavior).map(([start, end]) => slice(piece, start, end));
}

export function slice({ text, isFirst }: Piece, start: number, end: number): Piece {
  return { text: text.slice(start, end), isFirst: isFirst && start === 0 };
}

function merged(spans: readonly Span[], behavior: Behavior): readonly Span[] {
  switch (behavior) {
    case "Isolated":
      return spans;
    case "Removed":
      return spans.filter(([, , isMatch]) => !isMatch);
    case "Contiguous":
      return joined(spans, (before, after) => before[2] === after[2]);
    // Of matches that follow each other, only the first goes to its neighbour.
    case "MergedWithPrevious":
      return joined(spans, (before, after) => after[2] && !before[2]);
    case "MergedWithNext":
      return joined(spans.toReversed(), (after, before) => before[2] && !after[2]).reverse();
  }
}

/** Joins spans with their neighbours in the given order. */
function joined(spans: readonly Span[], belong: (one: Span, next: Span) => boolean): Span[] {
  const result: Span[] = [];
  let one: Span | undefined;
  for (const next of spans) {
    const last = result.at(-1);
    if (one && last && belong(one, next)) {
      result[result.length - 1] = [Math.min(last[0], next[0]), Math.max(last[1], next[1]), next[2]];
    } else result.push(next);
    one = next;
  }
  return result;
}
