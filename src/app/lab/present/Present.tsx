import { ChevronLeft, ChevronRight, Pause, Play, X } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ChartHeight } from "../../charts/plot/chartHeight.ts";
import { LayerGrid } from "../../charts/spectrum/LayerGrid.tsx";
import { SpectrumCard } from "../../charts/spectrum/SpectrumCard.tsx";
import { LossCard } from "../../charts/training/LossCard.tsx";
import { MetricCard } from "../../charts/training/MetricCard.tsx";
import { endRunFor } from "../../shell/EndRun.tsx";
import { findingOf } from "../../state/findings.ts";
import { guessInWords, useGuesses } from "../../state/guess.ts";
import { canRun, type LabState, wouldEndEarly } from "../../state/labState.ts";
import { isBusy } from "../../state/phase.ts";
import { rankFacts } from "../../state/rankFacts.ts";
import { type RunRecord, stepOf } from "../../state/runRecord.ts";
import { lab, useLab } from "../../state/store.ts";
import { trainLabel } from "../../state/trainLabel.ts";
import { troubleOf } from "../../state/trouble.ts";
import { Failure } from "../run/Failure.tsx";
import { Numerals } from "../run/Numerals.tsx";
import { useDrawn } from "../run/useDrawn.ts";
import { Obstacles } from "../setup/Obstacles.tsx";

/** A run as a slide: one sentence, one chart, one bar. ← and → change the chart. */
export function Present() {
  const { runs, isRecorded, layer, withLoss, withMetric } = useDrawn();
  const chosen = useLab((state) => state.layer);
  const [at, setAt] = useState(0);
  const metric = withMetric[0]?.summary?.metrics[0];
  const charts: ReactNode[] = [
    <SpectrumCard
      key="spectrum"
      runs={runs}
      chosen={chosen}
      lead={undefined}
      empty={<p className="empty">The singular values of every layer are drawn here.</p>}
    />,
    <LossCard key="loss" runs={withLoss} />,
    ...(metric && metric.id !== "loss" ? [<MetricCard key="metric" runs={withMetric} />] : []),
    ...(runs[0]?.summary?.layers.length ? [<LayerGrid key="layers" runs={runs} selected={layer} />] : []),
  ];
  const shown = Math.min(at, charts.length - 1);
  const turn = (by: number) => setAt((shown + by + charts.length) % charts.length);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // A chart that has the focus moves through its steps.
      if (event.target instanceof Element && event.target.closest("[role=slider], input, select, dialog")) return;
      if (event.key === "ArrowLeft") turn(-1);
      else if (event.key === "ArrowRight") turn(1);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
  return (
    <div className="present">
      <h1 className="visually-hidden">Projector view</h1>
      <Words runs={runs} isRecorded={isRecorded} />
      <Stage>{charts[shown]}</Stage>
      <Bar runs={runs} layer={layer} place={`${shown + 1} / ${charts.length}`} turn={turn} />
    </div>
  );
}

/** What is seen: a numeral a run, and one sentence. */
function Words({ runs, isRecorded }: { runs: readonly RunRecord[]; isRecorded: boolean }) {
  const phase = useLab((state) => state.phase);
  const [shown] = runs;
  const isAtEnd = isRecorded && shown !== undefined && stepOf(shown) >= shown.config.steps;
  const isOver = phase === "finished" || phase === "stopped" || isAtEnd;
  const trouble = isRecorded ? undefined : troubleOf(shown);
  const finding = findingOf(runs, isOver);
  const guessed = useGuesses(({ ofRuns }) => ofRuns[runs[0]?.id ?? -1]);
  return (
    <header>
      <Numerals runs={runs} trouble={trouble} />
      <p className={`slide-sentence ${finding?.isBad ? "bad" : ""}`}>
        {finding?.title ?? "Nothing is trained yet."}
        {finding && (!isOver || finding.isBad) && <span>{finding.detail}</span>}
        {guessed !== undefined && !trouble?.isBad && (
          <em className="guessed">{guessInWords(guessed, rankFacts(runs[0]), isOver)}</em>
        )}
        {isRecorded && <em>A recorded run, until yours has begun.</em>}
      </p>
      <button type="button" className="icon" onClick={() => lab.present(false)}>
        <X aria-hidden="true" />
        <span className="visually-hidden">Leave the projector view</span>
      </button>
      <Failure />
    </header>
  );
}

/** Room for a chart, which is as high as it is. */
function Stage({ children }: { children: ReactNode }) {
  const stage = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState<number>();
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const head = stage.current?.querySelector(".panel-head")?.getBoundingClientRect().height ?? 0;
      if (entry) setHeight(Math.max(160, Math.floor(entry.contentRect.height - head - 8)));
    });
    observer.observe(stage.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div className="stage" ref={stage}>
      <ChartHeight value={height}>{children}</ChartHeight>
    </div>
  );
}

interface BarProps {
  readonly runs: readonly RunRecord[];
  readonly layer: number;
  readonly place: string;
  readonly turn: (by: number) => void;
}

/** Train or Pause, how far the run is, the layer, and the way to the other charts. */
function Bar({ runs, layer, place, turn }: BarProps) {
  const state = useLab();
  const { phase, step, current, config, progress } = state;
  const steps = current?.config.steps ?? config.steps;
  const id = runs[0]?.summary?.layers[layer]?.id;
  return (
    <section className="slide-bar" aria-label="Run">
      <Main state={state} />
      <progress aria-label={progress?.doing ?? "Steps taken"} max={1} value={phase === "empty" ? 0 : step / steps} />
      <p className="where">
        {phase === "preparing" ? (
          `${progress?.doing ?? "Preparing"} …`
        ) : (
          <>
            step <b>{step}</b> of {steps}
          </>
        )}
      </p>
      {id !== undefined && (
        <p className="where">
          layer <b>{id}</b>
        </p>
      )}
      <div className="turn">
        <button type="button" className="icon" onClick={() => turn(-1)}>
          <ChevronLeft aria-hidden="true" />
          <span className="visually-hidden">Previous chart</span>
        </button>
        <span aria-live="polite">{place}</span>
        <button type="button" className="icon" onClick={() => turn(1)}>
          <ChevronRight aria-hidden="true" />
          <span className="visually-hidden">Next chart</span>
        </button>
      </div>
      {!canRun(state) && !isBusy(phase) && <Obstacles state={state} />}
    </section>
  );
}

function Main({ state }: { state: LabState }) {
  const { phase } = state;
  if (phase === "training")
    return (
      <button type="button" className="primary" onClick={lab.pause} aria-keyshortcuts="Space">
        <Pause aria-hidden="true" /> Pause
      </button>
    );
  if (phase === "preparing")
    return (
      <button type="button" onClick={lab.cancel}>
        <X aria-hidden="true" /> Cancel
      </button>
    );
  return (
    <button
      type="button"
      className="primary"
      disabled={isBusy(phase) || !canRun(state)}
      onClick={() => endRunFor(lab.train, wouldEndEarly)}
      aria-keyshortcuts="Space"
    >
      <Play aria-hidden="true" /> {trainLabel(state)}
    </button>
  );
}
