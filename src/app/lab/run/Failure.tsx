import { CircleAlert } from "lucide-react";
import { sentence } from "../../format.ts";
import { lab, useLab } from "../../state/store.ts";

/** What went wrong and what can be done; what the run has shown so far stays. */
export function Failure() {
  const failure = useLab((state) => state.failure);
  if (!failure) return null;
  return (
    <section className="notice failure" role="alert">
      <h2>
        <CircleAlert aria-hidden="true" /> The run stopped
      </h2>
      <p>{sentence(failure.message)}</p>
      {failure.hint && <p>{failure.hint}</p>}
      <p className="actions">
        <button type="button" onClick={lab.dismissFailure}>
          Dismiss
        </button>
      </p>
    </section>
  );
}
