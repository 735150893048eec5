import { Play, Undo2 } from "lucide-react";
import { Fragment } from "react";
import { endRunFor } from "../../shell/EndRun.tsx";
import { findingOf } from "../../state/findings.ts";
import { guessInWords, useGuesses } from "../../state/guess.ts";
import { wouldEndEarly } from "../../state/labState.ts";
import { type Next, nextAfter, repairsOf } from "../../state/nextAction.ts";
import { isHeld } from "../../state/phase.ts";
import { rankFacts } from "../../state/rankFacts.ts";
import { type RunRecord, stepOf } from "../../state/runRecord.ts";
import { runsOf } from "../../state/runShelf.ts";
import { lab, useLab } from "../../state/store.ts";
import { troubleOf } from "../../state/trouble.ts";
import { Numerals } from "./Numerals.tsx";

/** What is seen, in a sentence with a numeral a run, and at the end what to do next. */
export function Headline({ runs, isRecorded }: { runs: readonly RunRecord[]; isRecorded: boolean }) {
  const phase = useLab((state) => state.phase);
  const current = useLab((state) => state.current);
  const kept = useLab((state) => state.kept);
  const isOver = phase === "finished" || phase === "stopped";
  const guessed = useGuesses(({ ofRuns }) => ofRuns[runs[0]?.id ?? -1]);
  const [shown] = runs;
  const isAtEnd = isOver || (isRecorded && shown !== undefined && stepOf(shown) >= shown.config.steps);
  const finding = findingOf(runs, isAtEnd);
  if (!finding) return null;
  const trouble = isRecorded ? undefined : troubleOf(shown);
  const isAtHand = !isRecorded && (isHeld(phase) || phase === "training");
  const repairs = isAtHand && shown === current ? repairsOf(shown!) : [];
  const next = isAtHand && isOver ? nextAfter(runs, runsOf({ current, kept })) : undefined;
  // A run that came to a halt is no reason not to go on to the next.
  const offered = trouble?.kind === "plateau" ? [next, ...repairs] : [...repairs, next];
  const [first, ...others] = offered.filter((each) => each !== undefined);
  return (
    <div className="headline">
      <div className="said">
        <Numerals runs={runs} trouble={trouble} />
        <div className={finding.isBad ? "bad" : undefined}>
          {isRecorded && <p className="recorded-mark">A recorded run, until yours has begun</p>}
          <p className="sentence">{finding.title}</p>
          <p className="detail">{finding.detail}</p>
          <details className="what">
            <summary>What is effective rank?</summary>
            <p>
              How many equally strong directions would spread as much: 1 where one direction does everything, the
              allowed rank where all are alike; the exponential of the entropy of the singular values. A layer of
              effective rank below 2 is called collapsed.
            </p>
          </details>
          {guessed !== undefined && !trouble?.isBad && (
            <p className="guessed">{guessInWords(guessed, rankFacts(shown), isOver)}</p>
          )}
        </div>
      </div>
      {trouble && !trouble.isBad && (
        <p className="trouble">
          <b>{trouble.title}.</b> {trouble.detail}
        </p>
      )}
      {first && (
        <div className="next">
          <button type="button" className="primary big" onClick={() => act(first)}>
            <Icon next={first} /> {first.words}
          </button>
          <p>
            {first.why}
            {others.map((each) => (
              <Fragment key={each.words}>
                {" "}
                <button type="button" className="field-link" title={each.why} onClick={() => act(each)}>
                  Or {each.words[0]!.toLowerCase() + each.words.slice(1)}
                </button>
              </Fragment>
            ))}
          </p>
        </div>
      )}
    </div>
  );
}

function Icon({ next }: { next: Next }) {
  return typeof next.does === "object" ? <Play aria-hidden="true" /> : <Undo2 aria-hidden="true" />;
}

function act({ does }: Next): void {
  if (does === "back") lab.goBack();
  else if (does === "reset") lab.reset();
  else
    endRunFor(() => {
      lab.open(does.config, useLab.getState().notes);
      lab.train();
    }, wouldEndEarly);
}
