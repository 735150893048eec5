import { Check, Cpu, Dices, Download, Link2, Pause, Play, RotateCcw, StepForward, X } from "lucide-react";
import { type MouseEvent, useState } from "react";
import { decimal, duration, significant } from "../../format.ts";
import { endRunFor } from "../../shell/EndRun.tsx";
import { linkTo } from "../../shell/route.ts";
import { currentQuery } from "../../state/currentLink.ts";
import { isCurrent, openedAtEnd, tooSlow, wouldEndEarly } from "../../state/labState.ts";
import { gradeOf } from "../../state/linkLength.ts";
import { isBusy, isHeld } from "../../state/phase.ts";
import { headline } from "../../state/runRecord.ts";
import { smoothedLosses } from "../../state/smoothing.ts";
import { lab, useLab } from "../../state/store.ts";
import { trainLabel } from "../../state/trainLabel.ts";
import { troubleOf } from "../../state/trouble.ts";
import { useObstacles } from "../../state/useObstacles.ts";
import { Drawer } from "../Drawer.tsx";
import { ExportPanel } from "../export/ExportPanel.tsx";
import { LinkLength } from "../setup/LinkLength.tsx";
import { Obstacles } from "../setup/Obstacles.tsx";
import { TrustPanel } from "../trust/TrustPanel.tsx";
import { Adjust } from "./Adjust.tsx";
import { ResumeAtEndNotice } from "./ResumeAtEndNotice.tsx";
import { RunFacts } from "./RunFacts.tsx";

/** Train, pause, step, reset, new seed, share, export; where the run is and how long it will take. */
export function Transport() {
  return (
    <section className="transport" aria-label="Run">
      <Buttons />
      <Status />
    </section>
  );
}

/** What can be done; drawn anew where that changes, not at every step. */
function Buttons() {
  const phase = useLab((state) => state.phase);
  const label = useLab((state) => trainLabel(state));
  const isAtStart = useLab((state) => state.step === 0);
  const isOpenedAtEnd = useLab((state) => openedAtEnd(state) !== undefined);
  const slowness = useLab((state) => tooSlow(state)?.problem);
  const obstacles = useObstacles();
  const isTaken = isBusy(phase);
  const isRunnable = obstacles.length === 0;
  // Whoever opens the link may have another device.
  const isShareable = obstacles.every(({ problem }) => problem === slowness);
  return (
    <div className="buttons">
      {phase === "training" ? (
        <button type="button" className="primary" onClick={unlessDouble(lab.pause)} aria-keyshortcuts="Space">
          <Pause aria-hidden="true" /> Pause
        </button>
      ) : phase === "pausing" ? (
        <button type="button" className="primary" aria-disabled="true">
          <Pause aria-hidden="true" /> Pausing …
        </button>
      ) : phase === "preparing" ? (
        <button type="button" onClick={unlessDouble(lab.cancel)}>
          <X aria-hidden="true" /> Cancel
        </button>
      ) : (
        <button
          type="button"
          className="primary"
          disabled={isTaken || !isRunnable}
          onClick={unlessDouble(() => endRunFor(lab.train, wouldEndEarly))}
          aria-keyshortcuts="Space"
        >
          <Play aria-hidden="true" /> {label}
        </button>
      )}
      <button
        type="button"
        className="sign"
        title="Step"
        disabled={isTaken || !isRunnable || phase === "finished" || isOpenedAtEnd}
        onClick={() => endRunFor(lab.step, wouldEndEarly)}
        aria-keyshortcuts="s"
      >
        <StepForward aria-hidden="true" /> <span>Step</span>
      </button>
      <button
        type="button"
        className="sign"
        title="Reset"
        disabled={!isHeld(phase) || isAtStart}
        onClick={lab.reset}
        aria-keyshortcuts="r"
      >
        <RotateCcw aria-hidden="true" /> <span>Reset</span>
      </button>
      <button type="button" className="sign" title="New seed" disabled={isTaken} onClick={lab.newSeed}>
        <Dices aria-hidden="true" /> <span>New seed</span>
      </button>
      <Adjust />
      <CopyLink isRunnable={isShareable} />
      <Drawer label="Export" Icon={Download}>
        <ExportPanel />
      </Drawer>
      <Drawer label="Details" Icon={Cpu}>
        <RunFacts />
        <TrustPanel />
      </Drawer>
    </div>
  );
}

/** Where the run is. */
function Status() {
  const state = useLab();
  const { phase, current, config, step, stepsPerSecond, progress } = state;
  const isTaken = isBusy(phase);
  const isRunnable = useObstacles().length === 0;
  const steps = current?.config.steps ?? config.steps;
  const trouble = troubleOf(current);
  return (
    <div className="status">
      <Progress
        value={phase === "preparing" || phase === "working" ? progress?.fraction : step / steps}
        label={progress?.doing ?? "Steps taken"}
        isIdle={phase === "empty"}
      />
      <p className="line">
        {progress && isTaken ? (
          <span className="doing">
            {phase === "pausing" && "Pausing after: "}
            {progress.doing}
            {progress.fraction !== undefined && ` ${Math.round(100 * progress.fraction)} %`} …
          </span>
        ) : (
          <span>
            {trouble && (phase === "finished" || phase === "paused")
              ? `${phaseWords[phase].slice(0, -1)}: ${trouble.short}.`
              : phaseWords[phase]}
          </span>
        )}
        <span className="numbers">
          step <b>{step}</b> of {steps}
        </span>
        {stepsPerSecond > 0 && phase === "training" && (
          <span className="numbers">
            {significant(stepsPerSecond)} steps/s · {duration((steps - step) / stepsPerSecond)} left
          </span>
        )}
        <Latest />
      </p>
      {!isTaken && <ResumeAtEndNotice />}
      <LeftBehind />
      {!isRunnable && !isTaken && <Obstacles state={state} />}
    </div>
  );
}

/** The second click of a double click on what stood in this place before is not meant for what stands there now. */
function unlessDouble(act: () => void) {
  return ({ detail }: MouseEvent) => detail !== 2 && act();
}

/** Says what the settings as they are now, and a link to them, have to do with the run on screen. */
function LeftBehind() {
  const state = useLab();
  const { phase, current, notes, step } = state;
  if (!(isHeld(phase) || phase === "training") || !current?.rows.length || isCurrent(state)) return null;
  return (
    <p className="hint" role="status">
      The settings are no longer those of this run, and the link is to the settings.{" "}
      {isHeld(phase) &&
        `${trainLabel(state, false)} builds another; this one, ${phase} at step ${step}, stays in the charts, but can then neither go on nor be exported. `}
      <button type="button" className="field-link" onClick={() => lab.open(current.config, notes)}>
        Back to its settings
      </button>
    </p>
  );
}

const phaseWords = {
  empty: "Nothing trained yet.",
  preparing: "Preparing …",
  training: "Training.",
  pausing: "Pausing …",
  working: "Working …",
  paused: "Paused.",
  finished: "Finished.",
  stopped: "Stopped: what it showed is left, but not the run itself. Train builds a run anew.",
} as const;

function Latest() {
  const current = useLab((state) => state.current);
  // One batch says little: 0.3 at one step and 2.2 three later is noise.
  const last = current && smoothedLosses(current.rows).at(-1);
  const metric = current && headline(current);
  return (
    <>
      {last && (
        <span className="numbers">
          loss <b>{decimal(last.smooth)}</b>
        </span>
      )}
      {metric && (
        <span className="numbers">
          {metric.label} <b>{decimal(metric.value)}</b>
        </span>
      )}
    </>
  );
}

function Progress({ value, label, isIdle }: { value: number | undefined; label: string; isIdle: boolean }) {
  if (isIdle) return null;
  return <progress aria-label={label} max={1} {...(value !== undefined && { value: Math.min(1, value) })} />;
}

function CopyLink({ isRunnable }: { isRunnable: boolean }) {
  const query = useLab(currentQuery);
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const link = linkTo(`/lab?${query}`);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setState("copied");
    } catch {
      setState("refused");
    }
    setTimeout(() => setState("idle"), gradeOf(link.length) === "safe" ? 6000 : 20_000);
  };
  return (
    <>
      <button type="button" title="Copy link" disabled={!isRunnable} onClick={copy}>
        {state === "copied" ? <Check aria-hidden="true" /> : <Link2 aria-hidden="true" />}{" "}
        <span>{state === "copied" ? "Copied" : "Copy link"}</span>
      </button>
      {state === "copied" && (
        <p className="copied" role="status">
          Link copied
        </p>
      )}
      {state !== "idle" && gradeOf(link.length) !== "safe" && <LinkLength />}
      {state === "refused" && (
        <label className="fallback-link">
          The browser did not allow copying. The link:
          <input readOnly value={link} onFocus={(event) => event.target.select()} />
        </label>
      )}
    </>
  );
}
