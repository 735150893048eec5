import { useEffect, useRef } from "react";
import { create } from "zustand";
import { describeReference } from "../../engine/model/reference.ts";
import { runFields } from "../../engine/settings/config.ts";
import type { LabState } from "../state/labState.ts";
import type { Phase } from "../state/phase.ts";
import { useLab } from "../state/store.ts";

/** What is to be done once the run on screen may end. */
const useEndRun = create<{ readonly proceed: (() => void) | undefined }>(() => ({ proceed: undefined }));

/** Does what would end the run on screen: at once where nothing is lost by it, and else once that was agreed to. */
export function endRunFor(then: () => void, isLost: (state: LabState) => boolean): void {
  if (isLost(useLab.getState())) useEndRun.setState({ proceed: then });
  else then();
}

/** Asks whether the run on screen may end; Escape keeps it. */
export function EndRun() {
  const proceed = useEndRun((state) => state.proceed);
  const { current, phase, step } = useLab();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (proceed) dialog.current?.showModal();
    else dialog.current?.close();
  }, [proceed]);
  const config = current?.config;
  const keep = () => useEndRun.setState({ proceed: undefined });
  const isOn = phase === "training" || phase === "preparing";
  return (
    <dialog ref={dialog} className="end-run" aria-labelledby="end-run" aria-describedby="end-run-why" onClose={keep}>
      {proceed && config && (
        <>
          <h2 id="end-run">{headings[phase]}</h2>
          <p id="end-run-why">
            {runFields.method.options[config.method]} on <bdi>{describeReference(config.model)}</bdi> is at step {step}{" "}
            of {config.steps}
            {step > 0 ? " and in no file" : ""}. Another run takes its place: what it showed stays in the charts, but it
            can then neither go on nor be exported.
          </p>
          <p className="actions">
            <button type="button" className="primary" onClick={keep}>
              {isOn ? "Keep training" : "Keep this run"}
            </button>
            <button
              type="button"
              onClick={() => {
                keep();
                proceed();
              }}
            >
              End it and start the other
            </button>
          </p>
        </>
      )}
    </dialog>
  );
}

const headings: Readonly<Record<Phase, string>> = {
  empty: "There is a run in the lab",
  preparing: "A run is being prepared",
  training: "A run is training",
  pausing: "A run is about to pause",
  working: "A run is at work",
  paused: "A run is paused",
  finished: "A finished run is in no file",
  stopped: "There is a run in the lab",
};
