import { type LucideIcon, X } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { RequestOf } from "../../../worker/rpc.ts";
import { failureInWords } from "../../format.ts";
import type { DeviceTask, TaskName } from "../../state/deviceTask.ts";
import { isBusy } from "../../state/phase.ts";
import { useLab } from "../../state/store.ts";

/** What the controls say, each as it stands on the page. */
interface Wording {
  readonly start: string;
  readonly again: string;
  readonly cancel: string;
  /** Of the progress bar. */
  readonly bar: string;
  readonly running: string;
  readonly cancelled: string;
  readonly waits: string;
}

/** The button that starts a task of the device, its progress, and what came of it. */
export function DeviceTaskControls<N extends TaskName>({
  task,
  request,
  icon: Icon,
  wording,
  children,
}: {
  readonly task: DeviceTask<N>;
  /** What it is asked when it starts. */
  readonly request: RequestOf<N>;
  readonly icon: LucideIcon;
  readonly wording: Wording;
  /** Said where the task came to its end. */
  readonly children: ReactNode;
}) {
  const { progress, result, failure } = task.use();
  const phase = useLab((state) => state.phase);
  const waits = useId();
  const isTaken = isBusy(phase);
  const wasCancelled = failure?.name === "AbortError";
  return (
    <>
      <p className="actions">
        {progress ? (
          // The second click of a double click on Start is not meant for Cancel.
          <button type="button" onClick={(event) => event.detail < 2 && task.cancel()}>
            <X aria-hidden="true" /> {wording.cancel}
          </button>
        ) : (
          <button
            type="button"
            disabled={isTaken}
            aria-describedby={isTaken ? waits : undefined}
            onClick={() => void task.start(request)}
          >
            <Icon aria-hidden="true" /> {result ? wording.again : wording.start}
          </button>
        )}
        {isTaken && (
          <span id={waits} className="help">
            {wording.waits}
          </span>
        )}
      </p>
      {progress && (
        <div className="checking">
          <progress aria-label={wording.bar} max={1} value={progress.fraction} />
          <p className="help">
            {Math.round(100 * progress.fraction)} %: {progress.doing}
          </p>
        </div>
      )}
      <div role="status">
        {progress && <p className="visually-hidden">{wording.running}</p>}
        {failure && !progress && (
          <p className={wasCancelled ? "help" : "problem"}>
            {wasCancelled
              ? `${wording.cancelled}${result ? "; what is shown is from the time before" : ""}.`
              : failureInWords(failure)}
          </p>
        )}
        {result && !progress && children}
      </div>
    </>
  );
}
