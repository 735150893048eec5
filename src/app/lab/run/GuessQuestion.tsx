import { allowedBySettings, guess, guessesUpTo, skipGuess, useGuesses } from "../../state/guess.ts";
import { framesOf } from "../../state/runRecord.ts";
import { useLab } from "../../state/store.ts";

/** Asks what the visitor expects while nothing of the run is seen yet; Train does not wait for it. */
export function GuessQuestion() {
  const current = useLab((state) => state.current);
  const config = useLab((state) => state.config);
  const models = useLab((state) => state.models);
  const { next, ofRuns, isSkipped } = useGuesses();
  const allowed = allowedBySettings(current?.config ?? config, models);
  if (isSkipped || allowed === undefined || allowed < 2 || framesOf(current).length > 0) return null;
  const guessed = current ? ofRuns[current.id] : next;
  return (
    <div className="guess-question" role="group" aria-label="Your guess">
      <span>How many of the {allowed} directions will grow?</span>
      {guessesUpTo(allowed).map((count) => (
        <button key={count} type="button" aria-pressed={guessed === count} onClick={() => guess(count)}>
          {count}
        </button>
      ))}
      {guessed === undefined && (
        <button type="button" className="field-link" onClick={skipGuess}>
          just watch
        </button>
      )}
    </div>
  );
}
