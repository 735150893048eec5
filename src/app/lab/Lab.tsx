import { useEffect, useState } from "react";
import { BarPanels } from "../charts/measured/BarPanels.tsx";
import { MeasuredPanels } from "../charts/measured/MeasuredPanels.tsx";
import { LayerGrid } from "../charts/spectrum/LayerGrid.tsx";
import { SpectrumCard } from "../charts/spectrum/SpectrumCard.tsx";
import { LossCard } from "../charts/training/LossCard.tsx";
import { MetricCard } from "../charts/training/MetricCard.tsx";
import { isAt, replaceRoute } from "../shell/route.ts";
import { currentQuery } from "../state/currentLink.ts";
import { isBusy } from "../state/phase.ts";
import { fromQuery, type SharedRun } from "../state/share.ts";
import { lab, useLab } from "../state/store.ts";
import { useStored } from "../state/useStored.ts";
import { OpenedNotice } from "./open/OpenedNotice.tsx";
import { Present } from "./present/Present.tsx";
import { Examples } from "./run/Examples.tsx";
import { Failure } from "./run/Failure.tsx";
import { GuessQuestion } from "./run/GuessQuestion.tsx";
import { Headline } from "./run/Headline.tsx";
import { RunShelf } from "./run/RunShelf.tsx";
import { Transport } from "./run/Transport.tsx";
import { useDrawn } from "./run/useDrawn.ts";
import { useShortcuts } from "./run/useShortcuts.ts";
import { DamagedLink } from "./setup/DamagedLink.tsx";
import { DeviceChoice } from "./setup/DeviceChoice.tsx";
import { NotesShown } from "./setup/Notes.tsx";
import { Setup } from "./setup/Setup.tsx";

/** The experiment: setup on one side, what it shows in the middle, loss and runs beside it. */
export default function Lab({ query }: { query: string | undefined }) {
  const damage = useLink(query);
  const [hasShortcuts, setShortcuts] = useStored("shortcuts", true);
  useShortcuts(hasShortcuts && damage.shared === undefined);
  const isPresenting = useLab((state) => state.isPresenting);
  if (damage.shared) return <DamagedLink shared={damage.shared} onResolved={damage.resolve} />;
  return (
    <>
      {isPresenting && <Present />}
      {/* What is opened and typed in it stays while a slide is shown. */}
      <div className="lab" hidden={isPresenting}>
        <h1 className="visually-hidden">Lab</h1>
        <Setup />
        <div className="bench">
          <NotesShown />
          <OpenedNotice />
          <DeviceChoice />
          <Transport />
          {!isPresenting && <Failure />}
          {!isPresenting && <Charts />}
          <label className="toggle shortcuts">
            <input type="checkbox" checked={hasShortcuts} onChange={(event) => setShortcuts(event.target.checked)} />
            Keys: space trains and pauses, <kbd>s</kbd> steps, <kbd>r</kbd> resets, <kbd>[</kbd> and <kbd>]</kbd> change
            the layer, <kbd>l</kbd> the scale, <kbd>h</kbd> shows the heat map; in a chart <kbd>←</kbd> and <kbd>→</kbd>{" "}
            move through the steps; <kbd>f</kbd> shows a slide for a projector, and there fills the screen
          </label>
        </div>
      </div>
    </>
  );
}

/** Everything that is drawn of the runs, and in words. */
function Charts() {
  const { own, runs, isRecorded, layer, withLoss, withMetric } = useDrawn();
  const current = useLab((state) => state.current);
  const chosen = useLab((state) => state.layer);
  const phase = useLab((state) => state.phase);
  return (
    <div className={`charts ${isRecorded ? "recorded" : ""}`}>
      <SpectrumCard
        runs={runs}
        chosen={chosen}
        lead={
          <>
            <Headline runs={runs} isRecorded={isRecorded} />
            <GuessQuestion />
          </>
        }
        empty={
          <p className="empty">
            {isBusy(phase)
              ? "The singular values of every adapted layer are drawn here once they are measured."
              : "Press Train: the singular values of every adapted layer grow here while it learns."}
          </p>
        }
      />
      <LayerGrid runs={runs} selected={layer} />
      <div className="aside">
        <LossCard runs={withLoss} />
        <MetricCard runs={withMetric} />
        <RunShelf />
      </div>
      <div className="more">
        <BarPanels runs={own} />
        <MeasuredPanels record={current} layer={layer} />
        <Examples />
      </div>
    </div>
  );
}

/** Reads the link once, and then keeps it true to the settings. */
function useLink(query: string | undefined) {
  const [shared, setShared] = useState<Extract<SharedRun, { kind: "damaged" }>>();
  const written = useLab(currentQuery);
  useEffect(() => {
    const isKnown = query === undefined || query === currentQuery(useLab.getState());
    const read = isKnown ? undefined : fromQuery(query);
    setShared(read?.kind === "damaged" ? read : undefined);
    if (read?.kind === "run") lab.open(read.config, read.notes);
  }, [query]);
  useEffect(() => {
    if (shared || query === written) return;
    const timer = setTimeout(() => {
      if (isAt("lab", query)) replaceRoute(`/lab?${written}`);
    }, 300);
    return () => clearTimeout(timer);
  }, [written, shared, query]);
  return {
    shared,
    resolve: () => setShared(undefined),
  };
}
