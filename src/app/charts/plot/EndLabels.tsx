import { apart, type Place } from "./path.ts";

/** A label at the right end of a line. */
export interface EndLabel {
  readonly look: number;
  readonly text: string;
  /** What of it stands there where there is little room. */
  readonly short?: string;
  /** Where the line ends. */
  readonly at: readonly [step: number, value: number];
  readonly isStrong?: boolean;
}

/** Height of a label in letters, with what keeps it from the next. */
const GAP = 1.17;

/** Labels beside the ends of their lines, pushed apart, each with a leader to where its line ends. */
export function EndLabels({ labels, place }: { labels: readonly EndLabel[]; place: Place }) {
  const heights = apart(
    labels.map(({ at: [, value] }) => place.y(value)),
    GAP * place.em,
    place.top,
    place.bottom + 4,
  );
  return labels.map(({ look, text, short, at: [step, value], isStrong }, index) => {
    const [x, y] = [place.x(step), heights[index]!];
    return (
      <g key={`${look} ${text.split(" ")[0]} ${index}`} className={`end look-${look} ${isStrong ? "strong" : ""}`}>
        <path className="leader" d={`M${x + 5} ${place.y(value)}L${x + 14} ${y}`} />
        <text x={x + 17} y={y + 0.32 * place.em}>
          {place.isNarrow ? (short ?? text) : text}
        </text>
      </g>
    );
  });
}
