import { useState } from "react";
import { differenceInWords } from "../../../engine/data/settingsInWords.ts";
import { MiniLines } from "../../charts/spectrum/MiniLines.tsx";
import { logRange } from "../../charts/spectrum/scale.ts";
import { decimal } from "../../format.ts";
import { mostCollapsed, rankFacts } from "../../state/rankFacts.ts";
import { shortName } from "../../state/runNames.ts";
import { framesOf, headline, type RunRecord, stepOf } from "../../state/runRecord.ts";
import { LOOKS, runsOf } from "../../state/runShelf.ts";
import { lab, useLab } from "../../state/store.ts";
import { troubleOf } from "../../state/trouble.ts";

const [WIDTH, HEIGHT] = [72, 40];

/** Every run of this visit: ticked ones are drawn over the current one. */
export function RunShelf() {
  const current = useLab((state) => state.current);
  const kept = useLab((state) => state.kept);
  const ticked = useLab((state) => state.ticked);
  const runs = runsOf({ current, kept }).filter((run) => run === current || run.rows.length > 0);
  return (
    <section className="panel shelf" aria-labelledby="runs">
      <div className="panel-head">
        <h2 id="runs">Runs</h2>
        <span className="about">tick up to {LOOKS} to overlay</span>
      </div>
      {runs.length === 0 ? (
        <p className="empty">Your first run appears here in a few seconds, and stays while the page is open.</p>
      ) : (
        <ul>
          {runs.map((record) => (
            <Row
              key={record.id}
              record={record}
              isCurrent={record === current}
              isTicked={record === current || ticked.includes(record.id)}
              beside={record === current ? kept.find(({ id }) => ticked.includes(id)) : current}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  readonly record: RunRecord;
  readonly isCurrent: boolean;
  readonly isTicked: boolean;
  /** The run that it is told apart from. */
  readonly beside: RunRecord | undefined;
}

function Row({ record, isCurrent, isTicked, beside }: RowProps) {
  const notes = useLab((state) => state.notes);
  const [isOpen, setOpen] = useState(false);
  const metric = headline(record);
  const facts = rankFacts(record);
  const step = stepOf(record);
  const name = shortName(record);
  const trouble = troubleOf(record);
  const differs = beside && beside !== record ? differenceInWords(record.config, beside.config) : undefined;
  return (
    <li className={`look-${record.look} ${isTicked ? "ticked" : ""}`}>
      <input
        type="checkbox"
        checked={isTicked}
        disabled={isCurrent}
        aria-label={`Draw ${name}, run ${record.id}`}
        onChange={(event) => lab.tick(record, event.target.checked)}
      />
      <Thumbnail record={record} />
      <div className="words">
        <button type="button" className="name" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {name}
        </button>
        <span className="what">
          {isCurrent ? "this run" : `run ${record.id}`},{" "}
          {step < record.config.steps ? `${step} of ${record.config.steps}` : step} steps
          {trouble && <b className="trouble">, {trouble.short}</b>}
        </span>
      </div>
      <div className="figures">
        {metric && <b>{decimal(metric.value)}</b>}
        {facts && <span>rank {facts.used.toFixed(1)}</span>}
      </div>
      {isOpen && (
        <p className="differs">
          {differs ? `Differs: ${differs}. ` : "All settings are in the setup. "}
          <button type="button" className="field-link" onClick={() => lab.open(record.config, notes)}>
            Use its settings
          </button>
          {!isCurrent && (
            <>
              {" · "}
              <button type="button" className="field-link" onClick={() => lab.drop(record)}>
                Remove this run
              </button>
            </>
          )}
        </p>
      )}
    </li>
  );
}

/** The spectrum of the layer that collapsed the most, as large as a stamp. */
function Thumbnail({ record }: { record: RunRecord }) {
  const layer = mostCollapsed(record);
  const { low, high } = logRange([[record, layer]]);
  return (
    <svg className="thumbnail" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {framesOf(record).length > 0 && (
        <MiniLines {...{ record, layer, low, high }} steps={record.config.steps} width={WIDTH} height={HEIGHT} />
      )}
    </svg>
  );
}
