import { ChevronRight, Clock, Download, Play } from "lucide-react";
import type { Origin } from "../../engine/device/origin.ts";
import { megabytes } from "../format.ts";
import type { Pace } from "../state/pace.ts";
import { levels, type Preset } from "../state/presets.ts";
import { placeOf, start } from "./start.ts";
import { aboutInWords, secondsOf } from "./times.ts";
import type { Drawings } from "./useDrawings.ts";
import { useSeen } from "./useSeen.ts";

interface Props {
  readonly preset: Preset;
  readonly canRun: boolean;
  readonly here: Origin | undefined;
  readonly pace: Pace | undefined;
  readonly drawings: Drawings;
}

/** An experiment: what was recorded of it, and what it takes. A press anywhere opens it in the lab; Start trains it too. */
export function PresetCard({ preset, canRun, here, pace, drawings }: Props) {
  const [art, isSeen] = useSeen<HTMLDivElement>();
  const { title, text, facts, level, cost } = preset;
  return (
    <li className="card">
      <div className="art" ref={art}>
        {isSeen && drawings && drawings !== "failed" && <drawings.Art preset={preset} />}
      </div>
      <h3>{title}</h3>
      <p>{text}</p>
      <p className="facts">{facts}</p>
      <ul className="costs">
        <li>
          <Clock aria-hidden="true" /> <span className="visually-hidden">takes about </span>
          {aboutInWords(secondsOf(cost, here, pace))}
        </li>
        <li>
          <Level level={level} /> {levels[level]}
        </li>
        <li>
          <Download aria-hidden="true" /> <span className="visually-hidden">fetches </span>
          {megabytes(cost.bytes)}
        </li>
      </ul>
      <p className="actions">
        <button type="button" disabled={!canRun} onClick={() => start(preset)} aria-label={`Start: ${title}`}>
          <Play aria-hidden="true" /> Start
        </button>
        <a className="open" href={`#${placeOf(preset)}`} aria-label={`Open: ${title}`}>
          Open <ChevronRight aria-hidden="true" />
        </a>
      </p>
    </li>
  );
}

/** As many dots as the level counts, of as many as there are. */
function Level({ level }: { level: number }) {
  return (
    <span className="level" aria-hidden="true">
      {Object.keys(levels).map((each) => (
        <i key={each} className={Number(each) <= level ? "on" : undefined} />
      ))}
    </span>
  );
}
