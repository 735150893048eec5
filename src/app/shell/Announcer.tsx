import { useEffect, useState } from "react";
import { describeReference } from "../../engine/model/reference.ts";
import { type RunConfig, runFields } from "../../engine/settings/config.ts";
import { decimal } from "../format.ts";
import type { Phase } from "../state/phase.ts";
import { headline } from "../state/runRecord.ts";
import { smoothedLosses } from "../state/smoothing.ts";
import { useLab } from "../state/store.ts";
import { troubleOf } from "../state/trouble.ts";

/**
 * Tells screen readers of changes of state and of every tenth of the run, and is silent otherwise; the tab's title counts
 * the steps. It is on every screen, since a run goes on whichever is shown.
 */
export function Announcer() {
  const { phase, step, current, progress } = useLab();
  const steps = current?.config.steps ?? 1;
  const tenth = Math.floor((10 * step) / steps);
  const [message, setMessage] = useState("");
  useEffect(() => {
    const record = useLab.getState().current;
    const loss = record && smoothedLosses(record.rows).at(-1)?.smooth;
    const metric = record && headline(record);
    const numbers = [
      loss !== undefined && `loss ${decimal(loss)}`,
      metric && `${metric.label} ${decimal(metric.value)}`,
    ];
    const words = {
      empty: "",
      preparing: "Preparing the run.",
      training: `Training, ${10 * tenth} percent.`,
      pausing: "Pausing.",
      working: "",
      paused: "Paused.",
      finished: "Finished.",
      stopped: "Stopped; the run itself is no longer there.",
    };
    const worse = phase === "finished" ? troubleOf(record)?.title : undefined;
    setMessage([words[phase], ...numbers, worse && `${worse}.`].filter(Boolean).join(" "));
  }, [phase, tenth]);
  const title = titleOf(phase, step, current?.config);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <p className="visually-hidden" aria-live="polite" data-doing={progress?.doing}>
      {message}
    </p>
  );
}

/** What the tab of a run says: the state first, since tabs are narrow. */
function titleOf(phase: Phase, step: number, config: RunConfig | undefined): string {
  if (phase === "empty" || !config) return "Rankscope";
  const states: Readonly<Record<Exclude<Phase, "empty">, string>> = {
    preparing: "Preparing",
    training: "Training",
    pausing: "Pausing",
    working: "Working",
    paused: "Paused",
    finished: "Finished",
    stopped: "Stopped",
  };
  const count = phase === "preparing" ? "" : ` ${step}/${config.steps}`;
  return `${states[phase]}${count} · ${describeReference(config.model)} · ${runFields.method.options[config.method]} – Rankscope`;
}
