import { X } from "lucide-react";
import { differenceInWords } from "../../../engine/data/settingsInWords.ts";
import { decimal } from "../../format.ts";
import { headline, type RunRecord } from "../../state/runRecord.ts";
import { lab, useLab } from "../../state/store.ts";

/** The legend of two runs over each other: which line is which, in what they differ and where each stands. */
export function RunComparison() {
  const { current, ghost } = useLab();
  if (!current || !ghost) return null;
  return (
    <section className="beside" aria-label="Two runs">
      <Run record={current} mark="now" name="This run" words={differenceInWords(current.config, ghost.config)} />
      <Run record={ghost} mark="ghost" name="Run before" words={differenceInWords(ghost.config, current.config)} />
      <button type="button" className="icon" onClick={lab.dropGhost}>
        <X aria-hidden="true" />
        <span className="visually-hidden">Remove the run before</span>
      </button>
    </section>
  );
}

function Run({ record, mark, name, words }: { record: RunRecord; mark: string; name: string; words: string }) {
  const metric = headline(record);
  const loss = record.rows.at(-1)?.loss;
  return (
    <p>
      <svg className={`mark ${mark}`} viewBox="0 0 28 8" aria-hidden="true">
        <line x1="1" y1="4" x2="27" y2="4" />
      </svg>
      <span>
        <strong>{name}</strong>: {words}
        <span className="numbers">
          {loss !== undefined && ` · loss ${decimal(loss)}`}
          {metric && ` · ${metric.label} ${decimal(metric.value)}`}
        </span>
      </span>
    </p>
  );
}
