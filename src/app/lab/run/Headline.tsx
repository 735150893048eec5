import { Play } from "lucide-react";
import { endRunFor } from "../../shell/EndRun.tsx";
import { findingOf, nextAfter, usedInWords } from "../../state/findings.ts";
import { wouldEndEarly } from "../../state/labState.ts";
import { isHeld } from "../../state/phase.ts";
import { rankFacts } from "../../state/rankFacts.ts";
import { namesAmong } from "../../state/runNames.ts";
import type { RunRecord } from "../../state/runRecord.ts";
import { runsOf } from "../../state/runShelf.ts";
import { lab, useLab } from "../../state/store.ts";

/** What is seen, in a sentence with a numeral a run, and at the end what to do next. */
export function Headline({ runs, isRecorded }: { runs: readonly RunRecord[]; isRecorded: boolean }) {
  const phase = useLab((state) => state.phase);
  const current = useLab((state) => state.current);
  const kept = useLab((state) => state.kept);
  const isOver = phase === "finished" || phase === "stopped";
  const finding = findingOf(runs, isOver || (isRecorded && phase === "empty"));
  if (!finding) return null;
  const numerals = runs.flatMap((record) => {
    const facts = rankFacts(record);
    return facts ? [{ record, facts }] : [];
  });
  const nameOf = namesAmong(runs);
  const next =
    !isRecorded && isHeld(phase) && (isOver || finding.isBad) ? nextAfter(runs, runsOf({ current, kept })) : undefined;
  return (
    <div className="headline">
      <div className="said">
        {numerals.map(({ record, facts }) => (
          <p key={record.id} className={`numeral look-${record.look}`}>
            <b>{usedInWords(facts)}</b>
            {runs.length > 1 && <span>{nameOf(record)}</span>}
          </p>
        ))}
        <div className={finding.isBad ? "bad" : undefined}>
          {isRecorded && <p className="recorded-mark">A recorded run, until yours has begun</p>}
          <p className="sentence">{finding.title}</p>
          <p className="detail">{finding.detail}</p>
        </div>
      </div>
      {next && (
        <div className="next">
          <button
            type="button"
            className="primary big"
            onClick={() =>
              endRunFor(() => {
                lab.open(next.config, useLab.getState().notes);
                lab.train();
              }, wouldEndEarly)
            }
          >
            <Play aria-hidden="true" /> {next.words}
          </button>
          <p>{next.why}</p>
        </div>
      )}
    </div>
  );
}
