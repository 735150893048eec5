import { CircleAlert, Play } from "lucide-react";
import { sentence } from "../../format.ts";
import { canRun } from "../../state/labState.ts";
import { lab, useLab } from "../../state/store.ts";

/** What went wrong and what can be done; what the run has shown so far stays. */
export function Failure() {
  const state = useLab();
  const { failure, current, phase, notes } = state;
  if (!failure) return null;
  const isLost = failure.name === "DeviceLostError";
  const isGone = phase === "stopped" || phase === "empty";
  return (
    <section className="notice failure" role="alert">
      <h2>
        <CircleAlert aria-hidden="true" /> {isLost ? "The graphics device was lost" : "The run stopped"}
      </h2>
      <p>
        {isLost
          ? "The browser took the graphics device away, as it does after a crash of the driver or where memory ran out. What the charts show is still here; what was trained is not."
          : sentence(failure.message)}
      </p>
      {failure.hint && <p>{failure.hint}</p>}
      {isLost && (
        <details>
          <summary>What the driver said</summary>
          <p>{sentence(failure.message)}</p>
        </details>
      )}
      <p className="actions">
        {isLost && isGone && canRun(state) && (
          <button
            type="button"
            className="primary"
            onClick={() => {
              if (current) lab.open(current.config, notes);
              lab.train();
            }}
          >
            <Play aria-hidden="true" /> Train it again
          </button>
        )}
        <button type="button" onClick={lab.dismissFailure}>
          Dismiss
        </button>
      </p>
    </section>
  );
}
