import { changesIn } from "../../../engine/settings/changes.ts";
import { runFields } from "../../../engine/settings/config.ts";
import type { RunRecord } from "../../state/runRecord.ts";
import { troubleOf } from "../../state/trouble.ts";
import type { Place } from "./path.ts";

/** A step that is marked in charts. */
interface Mark {
  readonly step: number;
  readonly text: string;
  /** Whether everything from there on is tinted. */
  readonly kind: "bad" | "warning" | "change";
}

/** Steps at which something begins to go wrong in a run, or was changed while it trained. */
function marksOf(record: RunRecord): Mark[] {
  const trouble = troubleOf(record);
  const changes = changesIn(record.config.changes).map(({ step, name, value }): Mark => {
    return { step, text: `${runFields[name].label.toLowerCase()} ${value}`, kind: "change" };
  });
  if (!trouble) return changes;
  const { since, mark, isBad } = trouble;
  return [{ step: since, text: `${mark}, from step ${since}`, kind: isBad ? "bad" : "warning" }, ...changes];
}

/** Letters of a mark's text, so that it stands on the side where there is room. */
const LETTER = 6.4;

interface MarksProps {
  readonly record: RunRecord;
  readonly place: Place;
  /** Whether there is room for the step alone; what it is stands in the large chart. */
  readonly isTerse?: boolean;
}

/** A line at every marked step of a run. */
export function Marks({ record, place, isTerse = false }: MarksProps) {
  const { left, right, top, bottom, isNarrow } = place;
  return marksOf(record).map(({ step, text: whole, kind }, row) => {
    const x = place.x(step);
    const text = isTerse || isNarrow ? `from step ${step}` : whole;
    const width = text.length * LETTER;
    const isLeft = right - x < width && x - left > right - x;
    return (
      <g key={`${kind} ${step} ${text}`} className={`mark ${kind}`}>
        {kind === "bad" && <rect x={x} y={top} width={Math.max(0, right - x)} height={bottom - top} />}
        <line x1={x} x2={x} y1={top} y2={bottom} />
        <text x={isLeft ? x - 6 : x + 6} y={top + 13 + 16 * row} textAnchor={isLeft ? "end" : "start"}>
          {text}
        </text>
      </g>
    );
  });
}
